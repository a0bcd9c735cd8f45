import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isNotNow, WaitingRoom } from './waiting-room.js';

describe('those who wait for the database', () => {
  let room: WaitingRoom;
  const tried: string[] = [];
  const wait = (name: string, isOpen = (): boolean => true): void => void room.turn(isOpen).then(() => tried.push(name));
  const ticks = (many: number): Promise<void> => jest.advanceTimersByTimeAsync(250 * many);
  beforeEach(() => {
    jest.useFakeTimers();
    room = new WaitingRoom();
    tried.splice(0);
  });
  afterEach(() => void jest.useRealTimers());

  it('try one after the other, who failed again after all others, and who has left never', async () => {
    for (const name of ['a', 'b', 'c']) wait(name);
    let isThere = true;
    wait('left', () => isThere);
    isThere = false;
    wait('d');
    await ticks(1);
    expect(tried).toEqual(['a']);
    wait('a');
    await ticks(5);
    expect(tried).toEqual(['a', 'b', 'c', 'd', 'a']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('all go on once one was answered, and leave no timer', async () => {
    for (const name of ['a', 'b', 'c']) wait(name);
    await ticks(1);
    room.answered();
    await ticks(0);
    expect(tried).toEqual(['a', 'b', 'c']);
    expect(jest.getTimerCount()).toBe(0);
    wait('later');
    await ticks(1);
    expect(tried.at(-1)).toBe('later');
    wait('last');
    room.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('tells what is away from what is wrong', () => {
  const missing = new Error('relation "belfry.receipts" does not exist');
  expect(isNotNow(missing)).toBe(true);
  expect(isNotNow(new Error('the journal can not be read', { cause: missing }))).toBe(true);
  expect(isNotNow(new Error('can not be read', { cause: Object.assign(new Error('away'), { code: '57P03' }) }))).toBe(true);
  expect(isNotNow(new Error('x is undefined'))).toBe(false);
});
