import { describe, expect, test } from '@jest/globals';
import { DateError } from '../../src/core/errors.js';
import { directivesFor, expandDirectives } from '../../src/core/time/directives.js';

const in2026 = directivesFor(2026);

describe('expandDirectives', () => {
  test.each([
    ['%Y-%m', '(?P<Y>\\d{4})-(?P<m>0?[1-9]|1[0-2])', 'Year-Month'],
    ['%Exd', '(?P<d>[1-2]\\d|0[1-9]|3[0-1])', 'ExDay'],
    ['x%k', 'x ?(?P<H>[0-2]?\\d)', 'x%k'],
    ['%p', '(?iu)(?P<p>am|pm)', 'AMPM'],
    ['100%%', '100%', '100%'],
    ['%%Y', '%Y', '%Y'],
    ['%%%Y', '%(?P<Y>\\d{4})', '%Year'],
    ['[a-z]+', '[a-z]+', '[a-z]+'],
  ])('makes of %s a regex and a name', (pattern, regex, name) => {
    expect(expandDirectives(pattern, in2026)).toEqual({ regex, name });
  });

  test.each([
    ['%q x', "unsupported format character 'q' (0x71) at index 1"],
    ['%Y %q', "unsupported format character 'q' (0x71) at index 7"],
    ['%Y %', 'incomplete format'],
    ['%', 'incomplete format'],
    ['%ExQ', 'must be real number, not dict'],
  ])('refuses %s', (pattern, reason) => {
    const message = `Failed to set datepattern '${pattern}' (may be an invalid format or unescaped percent char): ${reason}`;
    expect(() => expandDirectives(pattern, in2026)).toThrow(new DateError('date-pattern', message));
  });
});

describe('the window of %ExY', () => {
  test.each([
    [2005, '200'],
    [2006, '200'],
    [2007, '20[01]'],
    [2017, '20[012]'],
    [2026, '20[012]'],
    [2027, '20[0123]'],
    [2088, '20[0123456789]'],
    [2098, '2(?:00|01|02|03|04|05|06|07|08|09|10)'],
  ])('in %i holds the decades %s', (year, decades) => {
    expect(directivesFor(year).get('ExY')?.regex).toBe(`(?P<Y>${decades}\\d)`);
  });
});
