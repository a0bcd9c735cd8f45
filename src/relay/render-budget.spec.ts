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
    expect(tries(budget, 1, 100, () => clock.pass(100))).toBe(16);
    expect(tries(budget, 2, 10_000, () => clock.pass(1))).toBe(10_000);
  });

  it('comes back slowly', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    tries(budget, 1, 100, () => clock.pass(100));
    clock.pass(15_000);
    budget.begin();
    expect(tries(budget, 1, 100, () => clock.pass(100))).toBe(1);
    clock.pass(60_000);
    budget.begin();
    expect(tries(budget, 1, 100, () => clock.pass(100))).toBe(6);
  });

  it('is not used by a process that was stopped meanwhile', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    expect(tries(budget, 1, 100, () => clock.pass(10_000, 0.1))).toBe(100);
  });

  it('is shared by many slow rules, and leaves the others alone', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    for (let round = 0; round < 100; round++) for (let rule = 1; rule <= 40; rule++) tries(budget, rule, 1, () => clock.pass(100));
    const spent = clock.wall();
    // Two each until it shows how many they are.
    expect(spent).toBeLessThanOrEqual(40 * 200);
    expect(tries(budget, 99, 500, () => clock.pass(0.01))).toBe(500);
    const began = clock.wall();
    let ran = 0;
    while (clock.wall() - began < 600_000) {
      clock.pass(1_000);
      budget.begin();
      for (let rule = 1; rule <= 40; rule++) ran += tries(budget, rule, 3, () => clock.pass(100));
    }
    expect((ran * 100) / (clock.wall() - began)).toBeLessThan(0.06);
  });

  it('says when the session has to say something, whoever took how long', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    budget.begin();
    for (let rule = 0; rule < 999; rule++) tries(budget, rule, 1, () => clock.pass(1));
    expect(budget.isOver).toBe(false);
    clock.pass(1);
    expect(budget.isOver).toBe(true);
    budget.begin();
    expect(budget.isOver).toBe(false);
  });

  it('is charged for what fails as well', () => {
    const clock = new FakeClock();
    const budget = new RenderBudget(clock);
    const fail = (): never => {
      clock.pass(2_000);
      throw new Error('too long');
    };
    expect(() => budget.within(1, fail)).toThrow('too long');
    expect(tries(budget, 1, 1, fail)).toBe(0);
  });
});
