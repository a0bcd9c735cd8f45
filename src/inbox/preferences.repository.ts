import { Injectable } from '@nestjs/common';
import { Connections } from '../database/connections.js';
import { keptPreferences, type Preferences } from './preferences.schemas.js';

/** What each admin wants to be disturbed by. */
@Injectable()
export class PreferencesRepository {
  constructor(private readonly connections: Connections) {}

  /** Who has never said anything has the defaults; so has what has come in since somebody did. */
  async of(userId: string): Promise<Preferences> {
    const { rows } = await this.connections.requests.query<{ preferences: object }>(
      'select preferences from belfry.preferences where user_id = $1', [userId]);
    return keptPreferences(rows[0]?.preferences ?? {});
  }

  /**
   * Tells every device of the admin's by a change for the relay, in the same transaction: that they are others now, not which. What is
   * read at the entry's giving is never older than that.
   */
  async replace(userId: string, preferences: Preferences): Promise<void> {
    await this.connections.requests.query(
      `with kept as (
         insert into belfry.preferences (user_id, preferences) values ($1, $2)
         on conflict (user_id) do update set preferences = excluded.preferences, updated_at = now()
          where preferences.preferences <> excluded.preferences
         returning user_id
       ), told as (
         insert into belfry.changes (operation, receipt)
         select 'receipt', jsonb_build_object('user', user_id, 'preferences', true) from kept
         returning id
       )
       select (select belfry.ring() where exists (select from told))::text`,
      [userId, JSON.stringify(preferences)]);
  }
}
