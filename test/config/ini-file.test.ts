import { describe, expect, test } from '@jest/globals';
import { parseIni } from '../../src/core/config/ini-file.js';

const valueIn = (text: string, section = 'A', key = 'k') =>
  parseIni(text, 'F').sections.get(section)?.get(key);

describe('a value', () => {
  test.each([
    ['k = v', 'v'],
    ['k: v', 'v'],
    ['k =', ''],
    ['k = a = b : c', 'a = b : c'],
    ['k : a = b', 'a = b'],
    ['K = v', 'v'],
    ['  k   =   v   ', 'v'],
    ['k = b ; c', 'b'],
    ['k = b;c', 'b;c'],
    ['k = ; c', ''],
    ['k = b # c', 'b # c'],
    ['k = "q ; r"', '"q'],
    ['k = "quoted"', '"quoted"'],
    ['k = true', 'true'],
    ['k = [a]', '[a]'],
    ['k = x\n  y', 'x\ny'],
    ['k =\n  y\n  z', '\ny\nz'],
    ['k = x\n   y ; z\n   # c\n#c\n   v\n\n   u', 'x\ny\nv\n\nu'],
    ['k = x\n  y\n\n\n', 'x\ny'],
    ['k = x\n  a = b', 'x\na = b'],
    ['k = \\d+\\s"\\n', '\\d+\\s"\\n'],
    ['k = jürgen €😀\u2028', 'jürgen €😀'],
    ['k = a\0b', 'a\0b'],
    ['k = a\r\n  b\r', 'a\nb'],
    ['k = $x %(y)s', '$x %(y)s'],
  ])('%j is %j', (text, expected) => {
    expect(valueIn(`[A]\n${text}`)?.text).toBe(expected);
  });

  test.each([
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['list[]', 'x'],
    ['a.b', 'x'],
  ])('may be called %s, or its section', (key, expected) => {
    expect(valueIn(`[${key}]\n${key} = x`, key, key)?.text).toBe(expected);
  });

  test('knows the line of each of its pieces', () => {
    expect(valueIn('\n[A]\n# c\nk = x\n  # c\n  y\n\n  z')?.origins.map((origin) => origin?.line)).toEqual([
      4, 6, 7, 8,
    ]);
  });
});

describe('a section', () => {
  test.each([
    ['[A]', 'A'],
    ['[A] ; c', 'A'],
    ['[A]x', 'A'],
    ['[ A ]', ' A '],
    ['[A]b]', 'A]b'],
    ['[a b]', 'a b'],
  ])('%j is called %j', (text, expected) => {
    expect([...parseIni(`${text}\nk = v`, 'F').sections.keys()]).toEqual([expected]);
  });

  test('keeps its case, and the line of its header', () => {
    const { headers } = parseIni('[A]\n[a]\n', 'F');
    expect([...headers]).toEqual([
      ['A', { file: 'F', line: 1 }],
      ['a', { file: 'F', line: 2 }],
    ]);
  });

  test('[DEFAULT] may stand there several times', () => {
    const { errors, sections } = parseIni('[DEFAULT]\na = 1\n[A]\n[DEFAULT]\nb = 2\n', 'F');
    expect(errors).toEqual([]);
    expect([...(sections.get('DEFAULT')?.keys() ?? [])]).toEqual(['a', 'b']);
  });
});

describe('what is wrong', () => {
  test.each([
    ['a = 1', 'no-section', 1],
    ['\ufeff[A]\na = 1', 'no-section', 1],
    ['[A]\nword', 'not-an-option', 2],
    ['[A]\n= v', 'not-an-option', 2],
    ['[A\na = 1', 'no-section', 1],
    ['[A]\na = 1\nA = 2', 'duplicate-option', 3],
    ['[A]\n[B]\n[A]', 'duplicate-section', 3],
  ])('%j: %s in line %i', (text, code, line) => {
    expect(parseIni(text, 'F').errors[0]).toMatchObject({ code, origin: { file: 'F', line } });
  });

  test('is collected, and the rest is read', () => {
    const { errors, sections } = parseIni('[A]\na = 1\nword\nA = 2\n[A]\nb = 3\n', 'F');
    expect(errors.map(({ code }) => code)).toEqual([
      'duplicate-option',
      'duplicate-section',
      'not-an-option',
    ]);
    expect(sections.get('A')?.get('b')?.text).toBe('3');
  });

  test('says to save without byte order mark where there is one', () => {
    expect(parseIni('\ufeff[A]', 'F').errors[0]?.hint).toContain('byte order mark');
  });
});
