import { describe, expect, it } from '@jest/globals';
import { RenderBudget } from './render-budget.js';

class FakeClock {
  private now = 0;
  private spent = 0;
  wall = (): number => this.now;
  cpu = (): number => this.spent;

  /** Time passes, and so much of it on the processor. */
  pass(wallMs: number, cpuMs = wallMs): void {
    this.now += wallMs;
    this.spent += cpuMs;
  }
}

function tries(budget: RenderBudget, rule: number, times: number, work: () => void): number {
  let done = 0;
  for (let at = 0; at < times; at++) if (budget.within(rule, () => (work(), true))) done++;
  return done;
}

describe('the time that a rule may use', () => {
  it('is used up by few that take long, and never by many that do not', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    expect(tries(budget, 1, 100, () => clock.pass(100))).toBe(15);
    expect(tries(budget, 2, 10_000, () => clock.pass(1))).toBe(10_000);
  });

  it('comes back slowly', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    tries(budget, 1, 100, () => clock.pass(100));
    clock.pass(15_000);
    budget.beginPass();
    expect(tries(budget, 1, 100, () => clock.pass(100))).toBe(2);
    clock.pass(60_000);
    budget.beginPass();
    expect(tries(budget, 1, 100, () => clock.pass(100))).toBe(6);
  });

  it('is not used by a process that was stopped meanwhile', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    expect(tries(budget, 1, 100, () => clock.pass(10_000, 0.1))).toBe(100);
  });

  it('is bounded for all slow rules of one transaction together, and leaves the others alone', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    budget.beginPass();
    let done = 0;
    for (let round = 0; round < 10; round++) for (let rule = 1; rule <= 10; rule++) done += tries(budget, rule, 1, () => clock.pass(100));
    expect(done).toBeLessThanOrEqual(25);
    expect(tries(budget, 99, 500, () => clock.pass(0.01))).toBe(500);
  });
});
