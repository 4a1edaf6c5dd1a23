/** The second thread as it is built: its notes are used, and a test comes to its end without them. */
import { join, resolve } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { LineFilter } from '../../src/core/filter/line-filter.js';
import { OtherThread } from '../../src/core/tester/other-thread.js';
import type { SegmentSetup } from '../../src/core/tester/segment.js';
import { buildIfStale } from '../commands/f2b.js';
import { makePlan } from '../filter/make-filter.js';
import { scratchFiles } from '../source/helpers.js';
import { testFile } from './segmented.js';

const MODULE = join(resolve(import.meta.dirname, '../..'), 'dist/segment-worker.js');
const file = scratchFiles();

/** Lets the thread begin before this side does all by itself. */
class PatientThread extends OtherThread {
  override readonly startMs = 0;

  override begin(setup: SegmentSetup): void {
    super.begin(setup);
    const end = performance.now() + 10_000;
    const word = new Int32Array(setup.claims);
    const before = Atomics.load(word, 0);
    while (Atomics.load(word, 0) === before && performance.now() < end) Atomics.wait(word, 0, before, 50);
  }
}

const LINES = [
  '2026-11-20 10:00:00 srv app[1]: failed from 192.0.2.1',
  '2026-11-20 10:00:01 srv app[1]: hello',
  '2026-11-20 10:00:02 srv app[2]: jürgen from 192.0.2.2',
  '# a comment',
];
const LOG = `${LINES.join('\n')}\n`.repeat(2000);
const plan = makePlan({ failregex: 'from <HOST>', ignoreregex: '192.0.2.2' });
const make = () => new LineFilter(plan, { clock: systemClock, checkAll: true });

describe('another thread', () => {
  test('does a part, and the result is the same', async () => {
    buildIfStale();
    const path = file('long.log', LOG);
    const adopted = jest.spyOn(LineFilter.prototype, 'adopt');
    const thread = new PatientThread(MODULE, { ipv6: false });
    const shared = await testFile(path, make(), { segments: { bytes: 20_000, share: 0, by: thread } });
    expect(adopted).toHaveBeenCalled();
    expect(shared).toEqual(await testFile(path, make(), {}));
  });

  test('that cannot be had is done without', async () => {
    const path = file('alone.log', LOG);
    const thread = new PatientThread(join(MODULE, '../nothing.js'), { ipv6: false });
    const shared = await testFile(path, make(), { segments: { bytes: 20_000, share: 0, by: thread } });
    expect(shared).toEqual(await testFile(path, make(), {}));
  });
});
