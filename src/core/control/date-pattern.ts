/**
 * Control stage: what `get J datepattern` answers: the pattern as written and the name of the template that it makes.
 */
import { DateDetector } from '../time/detector.js';
import { PyTuple } from './values.js';

/** @throws {DateError | PatternError} it is no date pattern */
export function datePatternValue(pattern: string | undefined, nowSec: number): PyTuple {
  const detector = new DateDetector({ datepattern: pattern, clock: { nowSec: () => nowSec } });
  const templates = detector.templates;
  const [only] = templates;
  if (!pattern || !only || templates.length > 2) return new PyTuple([null, 'Default Detectors']);
  return new PyTuple([only.template.pattern || null, only.template.name]);
}
