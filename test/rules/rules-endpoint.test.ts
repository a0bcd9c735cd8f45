import { afterEach, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { DatabaseModule } from '../../src/database/database.module.js';
import { RulesModule } from '../../src/rules/rules.module.js';
import { OWN_DATABASE, SECRET, startHttpApp, type HttpApp } from '../ops/http-app.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
let http: HttpApp;
afterEach(async () => {
  await http.close();
  await bench.close();
});

describe('GET /v1/rules', () => {
  it('lists the rules in force, counted over all their versions, to whoever is signed in', async () => {
    bench = await Workbench.open('create table public.things (id int primary key, name text)');
    http = await startHttpApp({
      env: { ...OWN_DATABASE, DATABASE_URL: bench.url },
      imports: [DatabaseModule.forRoot({ url: bench.url, directUrl: bench.url }), RulesModule],
    });
    await bench.apply(rule('topic: a') + rule('topic: b').replace('rules:\n', ''));
    await bench.client.query(`
      update belfry.rules set fired = 2, failed = 1, last_fired_at = '2026-11-24T10:00:00Z', last_error = 'old' where topic = 'a'`);
    await bench.apply(rule('topic: a\non: [update, delete]\ncolumns: [name]\nwhen: "old.id > 0"'));
    await bench.client.query(`update belfry.rules set fired = 3, drift = 'gone' where topic = 'a' and retired_at is null`);

    await bench.client.query(`
      insert into belfry.failed_changes (id, rule, operation, transaction, captured_at, db_role, application, reason)
      select 1, min(id), 'insert', '1', now(), 'x', 'x', 'old' from belfry.rules where topic = 'a'`);

    expect((await fetch(`${http.url}/v1/rules`)).status).toBe(401);
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject('ann').setExpirationTime('1h').sign(new TextEncoder().encode(SECRET));
    const answer = await fetch(`${http.url}/v1/rules`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      data: [
        {
          topic: 'a', table: 'public.things', on: ['update', 'delete'], columns: ['name'], when: 'old.id > 0', audience: ['everyone'], severity: 'info', escalate: null,
          appliedAt: expect.stringMatching(/^\d{4}-.*Z$/), drift: 'gone', fired: 5, failed: 1, parked: 1,
          lastFiredAt: '2026-11-24T10:00:00.000Z', lastError: 'old',
        },
      ],
    });
  });
});
