import { describe, expect, test } from '@jest/globals';
import { DateError, PatternError } from '../../src/core/errors.js';
import { type PatternList, parsePatternList } from '../../src/core/time/pattern-list.js';

const parse = (datepattern: string | undefined): PatternList => parsePatternList(datepattern, 2026);
const names = (datepattern: string): string[] =>
  parse(datepattern).templates.map((template) => template.name);

describe('a datepattern', () => {
  test.each([undefined, ''])('%j stands for the defaults and has no title', (datepattern) => {
    expect(parse(datepattern)).toMatchObject({ title: undefined, templates: { length: 31 } });
  });

  test.each([
    ['%Y-%m', '%Y-%m : Year-Month'],
    ['%Y\n%m', '%Y\n%m : Year'],
    ['%Y\n%m\n%d', '%Y\n%m\n%d : Default Detectors'],
    ['{NONE}', '{NONE} : ^'],
    ['EPOCH', 'EPOCH : Epoch'],
    ['LEPOCH', 'LEPOCH : LongEpoch'],
    ['^epoch', '^epoch : {^LN-BEG}Epoch'],
    ['{^LN-BEG}LEPOCH', '{^LN-BEG}LEPOCH : {^LN-BEG}LongEpoch'],
    ['time={EPOCH}', 'time={EPOCH} : time={EPOCH}'],
    ['^TAI64N', '^TAI64N : {^LN-BEG}TAI64N'],
    ['{^LN-BEG}', '{^LN-BEG} : Default Detectors'],
    ['ISO8601', 'ISO8601 : ISO8601'],
    ['{UNB}%Y', '{UNB}%Y : Year'],
    ['{^LN-BEG}%Y', '{^LN-BEG}%Y : {^LN-BEG}Year'],
    ['{^LN-BEG}^%Y', '{^LN-BEG}^%Y : ^Year'],
    ['{^ln-beg}%Y', '{^ln-beg}%Y : {^ln-beg}Year'],
  ])('%j has the title %j', (datepattern, title) => {
    expect(parse(datepattern).title).toBe(title);
  });

  test('of several lines has a template for each, without blanks around', () => {
    expect(names('%Y\n\n  %m x  \n')).toEqual(['Year', 'Month x']);
  });

  test('{DEFAULT} stands for all default templates, {^LN-BEG} for the anchored ones', () => {
    expect(names('{default}')).toHaveLength(31);
    expect(names('{^LN-BEG}')).toHaveLength(17);
    expect(names('{DEFAULT}\n{^LN-BEG}')).toHaveLength(17);
    expect(parse('{^LN-BEG}').templates.every((template) => template.anchored)).toBe(true);
  });

  test.each(['{DEFAULT}\n%Y', '%Y\n{DEFAULT}'])('%j is only what is written besides', (datepattern) => {
    expect(names(datepattern)).toEqual(['Year']);
  });

  test('{^LN-BEG} adds the anchored default templates that are not there already, where it stands', () => {
    const anchored = names('{^LN-BEG}');
    expect(names('%Y\n{^LN-BEG}')).toEqual(['Year', ...anchored]);
    expect(names('{^LN-BEG}\n%Y')).toEqual([...anchored, 'Year']);
    const rest = anchored.filter((name) => name !== '{^LN-BEG}Epoch');
    expect(names('^EPOCH\n{^LN-BEG}\n{^LN-BEG}')).toEqual(['{^LN-BEG}Epoch', ...rest]);
    expect(
      parse('^EPOCH\n{^LN-BEG}')
        .templates.map((template) => template.weight)
        .slice(0, 2),
    ).toEqual([100, 100]);
  });

  test('{DATE} stands for one template a layout, with the text around it', () => {
    const templates = parse('^\\[{DATE}\\]').templates;
    expect(templates).toHaveLength(17);
    expect(templates[8]).toMatchObject({
      name: '^\\[24hour:Minute:Second\\]',
      pattern: '^\\[%H:%M:%S\\]',
      weight: 1,
    });
    expect(templates[7]?.regex).toContain('Epoch');
    expect(names('^{DATE}')[7]).toBe('{^LN-BEG}Epoch');
    expect(names('{date}')[16]).toBe('TAI64N');
  });

  test('{DATE} leaves out what is there already', () => {
    expect(names('EPOCH\n{DATE}')).toHaveLength(17);
    expect(names('{DATE}\n{DATE}')).toHaveLength(17);
  });

  test.each([
    ['%Y\n%Y', 'Year'],
    ['%Y\n{UNB}%Y', 'Year'],
    ['EPOCH\nEPOCH', 'Epoch'],
    ['{DATE}\nEPOCH', 'Epoch'],
    ['{^LN-BEG}\n^EPOCH', '{^LN-BEG}Epoch'],
  ])('%j is refused', (datepattern, name) => {
    const error = new DateError('date-duplicate', `There is already a template with name ${name}`);
    expect(() => parse(datepattern)).toThrow(error);
  });

  test.each(['%Y(', '%k x', '{DATE} %Y'])('%j is refused for its regex', (datepattern) => {
    expect(() => parse(datepattern)).toThrow(PatternError);
  });
});
