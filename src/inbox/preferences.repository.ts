import { Injectable } from '@nestjs/common';
import { Connections } from '../database/connections.js';
import { type Preferences, preferencesSchema } from './preferences.schemas.js';

/** What each admin wants to be disturbed by. */
@Injectable()
export class PreferencesRepository {
  constructor(private readonly connections: Connections) {}

  /** Who has never said anything has the defaults; so has what has come in since somebody did. */
  async of(userId: string): Promise<Preferences> {
    const { rows } = await this.connections.requests.query<{ preferences: object }>(
      'select preferences from belfry.preferences where user_id = $1', [userId]);
    return preferencesSchema.parse(rows[0]?.preferences ?? {});
  }

  async replace(userId: string, preferences: Preferences): Promise<void> {
    await this.connections.requests.query(
      `insert into belfry.preferences (user_id, preferences) values ($1, $2)
       on conflict (user_id) do update set preferences = excluded.preferences, updated_at = now()
        where preferences.preferences <> excluded.preferences`,
      [userId, JSON.stringify(preferences)]);
  }
}
