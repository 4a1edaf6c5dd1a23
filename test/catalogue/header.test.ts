import { describe, expect, test } from '@jest/globals';
import { type Header, readHeader } from '../../src/core/catalogue/header.js';

/** Lines without their marks → the head of a file. */
function head(...lines: string[]) {
  return readHeader(
    `${lines.map((line) => `#${line === '' ? '' : ' '}${line}`).join('\n')}\n\n[Definition]\n`,
  );
}

const texts = ({ remarks }: Header) => remarks.map(({ text }) => text);

describe('the title', () => {
  test.each([
    ['one line', ['App: failed logins.'], 'App: failed logins.'],
    ['a wrapped sentence', ['App: failed logins,', 'from its log.'], 'App: failed logins, from its log.'],
    ['the first sentence', ['App: failed logins. It has a log.'], 'App: failed logins.'],
    ['a point within a name', ['App: logins, from app.log and v2.0.'], 'App: logins, from app.log and v2.0.'],
    ['abbreviations', ['App: logins, e.g. Ann.'], 'App: logins, e.g. Ann.'],
    ['what stands below an empty beginning', ['', 'App: logins.'], 'App: logins.'],
    ['nothing where there is none', [], ''],
  ])('is %s', (_what, lines, title) => {
    expect(head(...lines).title).toBe(title);
  });

  test.each([
    ['Fail2Ban configuration file', 'What it does'],
    ['Author: somebody', 'What it does'],
    ['$Revision$', 'What it does'],
    ['Fail2ban filter for app', 'Fail2ban filter for app'],
  ])('passes over what says nothing: %s', (first, title) => {
    expect(head(first, '', 'What it does').title).toBe(title);
  });

  test('does not come from a comment further down', () => {
    expect(readHeader('[Definition]\n# App: logins.\n').title).toBe('');
    expect(readHeader('# App: logins.\n\n# more\n[Definition]\n').remarks).toEqual([]);
  });

  test('leaves the rest of its paragraph to the remarks', () => {
    expect(texts(head('App: logins. It has a log.', '', 'More.'))).toEqual(['It has a log.', 'More.']);
  });
});

describe('options', () => {
  test('have a text, and a default that is said', () => {
    const { options, remarks } = head('T.', '', 'port   what is closed', '       for them (default: a (b))');
    expect(options).toEqual([
      { name: 'port', text: 'what is closed for them', stated: 'a (b)', values: [], line: 3 },
    ]);
    expect(remarks).toEqual([]);
  });

  test('have values, each with its text', () => {
    const { options } = head(
      'T.',
      '',
      'mode  normal, auth  logins',
      '      ddos          connections',
      '                    that end early',
      'kind  what kind (default: a)',
      '      a  the one',
      '      b  the other',
    );
    expect(options.map(({ name, text, values }) => ({ name, text, values }))).toEqual([
      {
        name: 'mode',
        text: '',
        values: [
          { name: 'normal, auth', text: 'logins' },
          { name: 'ddos', text: 'connections that end early' },
        ],
      },
      {
        name: 'kind',
        text: 'what kind',
        values: [
          { name: 'a', text: 'the one' },
          { name: 'b', text: 'the other' },
        ],
      },
    ]);
  });

  test('may share a row', () => {
    const { options } = head('T.', '', 'text-a, text-b  the same');
    expect(options.map(({ name, text }) => [name, text])).toEqual([
      ['text-a', 'the same'],
      ['text-b', 'the same'],
    ]);
  });

  test.each(['Use:    [INCLUDES] before = common.conf', 'two words  in front of a gap', 'one blank only'])(
    'are not: %s',
    (line) => expect(head('T.', '', line).options).toEqual([]),
  );

  test('complain about a row that is none, with its line', () => {
    const { complaints } = head('T.', '', 'mode  normal  logins', 'ddos connections');
    expect(complaints).toEqual([
      { line: 4, message: expect.stringContaining('"ddos connections" is no row') },
    ]);
  });
});

describe('remarks', () => {
  test('are paragraphs on one line', () => {
    expect(texts(head('T.', '', 'One', 'two.', '', 'Three.'))).toEqual(['One two.', 'Three.']);
  });

  test.each([
    [['Use:    a', '        b'], 'Use:    a\n        b'],
    [['    a = 1', '      b', '    c'], 'a = 1\n  b\nc'],
    [['  alone'], 'alone'],
  ])('keep the lines of an example: %j', (lines, text) => {
    expect(head('T.', '', ...lines).remarks).toEqual([{ text, isExample: true }]);
  });
});
