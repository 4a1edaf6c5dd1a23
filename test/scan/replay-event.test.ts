/** Several logs as one: whatever came first comes first. */
import { expect, test } from '@jest/globals';
import { mergeEvents, type ReplayEvent } from '../../src/core/scan/replay-event.js';
import { seededRandom } from '../jail/seeded-random.js';

const at = (timeSec: number, id: string): ReplayEvent => ({ kind: 'login', timeSec, id });

async function* logOf(batches: readonly (readonly ReplayEvent[])[]): AsyncIterable<readonly ReplayEvent[]> {
  yield* batches;
}

async function merged(...logs: readonly (readonly (readonly ReplayEvent[])[])[]): Promise<string> {
  const ids: string[] = [];
  for await (const events of mergeEvents(logs.map(logOf)))
    for (const event of events) ids.push(event.kind === 'login' ? event.id : '');
  return ids.join('');
}

test.each([
  ['no log', [], ''],
  ['one log', [[[at(1, 'a'), at(2, 'b')], [], [at(3, 'c')]]], 'abc'],
  ['one log that goes back', [[[at(5, 'a'), at(2, 'b'), at(6, 'c')]]], 'abc'],
  [
    'one after the other',
    [
      [[at(5, 'c')], [at(6, 'd')]],
      [[at(1, 'a')], [at(2, 'b')]],
    ],
    'abcd',
  ],
  ['in turns', [[[at(1, 'a'), at(3, 'c'), at(5, 'e')]], [[at(2, 'b')], [at(4, 'd')]]], 'abcde'],
  ['at the same time: in the order of the logs', [[[at(1, 'a')]], [[at(1, 'b')]], [[at(1, 'c')]]], 'abc'],
  ['an empty one', [[[]], [[at(1, 'a')]]], 'a'],
])('%s', async (_, logs, expected) => {
  expect(await merged(...logs)).toBe(expected);
});

test('loses nothing and keeps the order of time, whatever the batches', async () => {
  const random = seededRandom(5);
  for (let round = 0; round < 20; round++) {
    const logs = Array.from({ length: 4 }, () => {
      let sec = 0;
      return Array.from({ length: Math.floor(random() * 6) }, () =>
        Array.from({ length: Math.floor(random() * 5) }, () => at((sec += Math.floor(random() * 3)), '.')),
      );
    });
    const times: number[] = [];
    for await (const events of mergeEvents(logs.map(logOf)))
      times.push(...events.map(({ timeSec }) => timeSec));
    expect(times).toEqual(
      logs
        .flat(2)
        .map(({ timeSec }) => timeSec)
        .sort((a, b) => a - b),
    );
  }
});
