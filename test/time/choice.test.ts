import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { DateDetector } from '../../src/core/time/detector.js';
import { randomLog, seeded } from './lines.js';
import { ReferenceDetector } from './reference.js';

const NOW = Date.UTC(2026, 10, 21, 9, 8, 7) / 1000;
const isAscii = (line: string): boolean => !/[^\0-\x7f]/.test(line);
const order = (detector: DateDetector): string[] =>
  detector.templates.map((state) => `${state.template.name} ${state.hits} ${state.currentWeight}`);

const PATTERNS: readonly (string | undefined)[] = [
  undefined,
  '{^LN-BEG}',
  '{DATE}',
  '%Y-%m-%d %H:%M:%S\n%b %d %H:%M:%S\n%d/%m/%Y %H:%M:%S',
  '%H:%M:%S\n%b %d %H:%M:%S',
  '^[^\\[]*\\[({DATE})',
  '%Y$\n%H:%M',
  '(?:x(%H:%M))?',
  'LEPOCH\n{DATE}',
  '{UNB}%H:%M:%S\n%ExY\n{NONE}',
];

describe('the choice of a template', () => {
  test.each(PATTERNS)('follows the rule on random logs with datepattern %j', (datepattern) => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const random = seeded(seed);
      const clock = new ManualClock(NOW);
      const detector = new DateDetector({ datepattern, clock });
      const reference = new ReferenceDetector(detector.templates);
      for (const line of randomLog(random, 2026, 150)) {
        clock.advance(random.pick([0, 0, 1, 200, 400]));
        const hit = detector.detect(line, isAscii(line));
        const seen = hit && { name: hit.template.name, start: hit.start, end: hit.end };
        expect({ line, hit: seen }).toEqual({ line, hit: reference.detect(line, clock.nowSec()) });
        expect(hit?.text).toBe(hit && line.slice(hit.start, hit.end));
      }
      expect(order(detector)).toEqual(reference.order);
    }
  });

  test('is the same by detectQuick, which learns the same', () => {
    const clock = new ManualClock(NOW);
    const full = new DateDetector({ clock });
    const quick = new DateDetector({ clock });
    for (const line of randomLog(seeded(77), 2026, 400)) {
      const hit = full.detect(line, isAscii(line));
      const end = quick.detectQuick(line, isAscii(line));
      expect(end).toBe(hit?.end ?? -1);
      if (hit) expect(quick.cutStart).toBe(hit.start);
    }
    expect(order(quick)).toEqual(order(full));
  });

  test('is the same after going back to a snapshot', () => {
    const random = seeded(5);
    const lines = randomLog(random, 2026, 300);
    const clock = new ManualClock(NOW);
    const straight = new DateDetector({ clock });
    const wavering = new DateDetector({ clock });
    for (let at = 0; at < lines.length; at += 10) {
      const batch = lines.slice(at, at + 10);
      const snapshot = wavering.snapshot();
      for (let again = random.int(3); again > 0; again -= 1) {
        for (const line of batch.slice(0, 1 + random.int(10))) wavering.detect(line, isAscii(line));
        wavering.restore(snapshot);
      }
      for (const line of batch) {
        expect(wavering.detect(line, isAscii(line))?.end).toBe(straight.detect(line, isAscii(line))?.end);
      }
    }
    expect(order(wavering)).toEqual(order(straight));
  });

  test('the lazily made match tells the same span as the hit', () => {
    const detector = new DateDetector({ clock: new ManualClock(NOW) });
    for (const line of randomLog(seeded(9), 2026, 300)) {
      const hit = detector.detect(line, isAscii(line));
      if (hit) expect(hit.match.groups[1]).toBe(hit.text);
    }
  });
});
