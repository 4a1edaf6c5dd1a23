import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { PatternError } from '../../src/core/errors.js';
import type { FieldsPlan } from '../../src/core/fields/format.js';
import { dateTexts } from '../../src/core/filter/date-text.js';
import { LineFilter, type LineFilterOptions } from '../../src/core/filter/line-filter.js';
import type { LineOutcome } from '../../src/core/filter/outcome.js';
import { type FilterText, idOf, lineOf, makePlan, NOW_SEC } from './make-filter.js';

interface JsonText extends Partial<FilterText> {
  format?: 'json' | 'docker';
  address?: string;
  time?: string;
  message?: string;
  condition?: string[];
  tags?: Readonly<Record<string, string>>;
}

function planOf(text: JsonText) {
  const { format = 'json', condition = [], tags = {} } = text;
  const optional = (value: string | undefined) => (value === undefined ? undefined : { value });
  const fields: FieldsPlan = {
    format: { value: format },
    address: optional(text.address),
    time: optional(text.time),
    message: optional(text.message),
    condition: text.message === undefined ? [] : condition.map((value) => ({ value })),
    tags: Object.entries(tags).map(([key, value]) => ({ key, paths: { value } })),
  };
  const failregex = text.message === undefined && format === 'json' ? condition : (text.failregex ?? []);
  return { ...makePlan({ ...text, failregex }), fields };
}

function filterOf(text: JsonText, options: LineFilterOptions = {}): LineFilter {
  return new LineFilter(planOf(text), { clock: new ManualClock(NOW_SEC), ...options });
}

function outcomeOf(filter: LineFilter, line: string | object): LineOutcome {
  return filter.run([lineOf(typeof line === 'string' ? line : JSON.stringify(line))])[0]!;
}

function whoOf(filter: LineFilter, line: string | object): string | undefined {
  const failure = outcomeOf(filter, line).hits.find(({ verdict }) => verdict === 'failure')?.failure;
  return failure && idOf(failure);
}

const STATUS: JsonText = {
  address: 'ip',
  time: 'ts',
  condition: ['status = 401, 403'],
  tags: { 'field-user': 'user' },
};

describe('a line counts for the field of the address', () => {
  test('where a condition holds', () => {
    const filter = filterOf(STATUS);
    const outcome = outcomeOf(filter, { ip: '192.0.2.7', ts: 1795248000.5, status: 401, user: 'joe' });
    expect(outcome.verdict).toBe('failure');
    expect(outcome.hits[0]?.failure?.data.get('user')).toBe('joe');
    expect(outcome.stamp?.epochSec).toBe(1795248000.5);
    expect(outcome.hits[0]?.failure?.matches).toEqual([
      '{"ip":"192.0.2.7","ts":1795248000.5,"status":401,"user":"joe"}',
    ]);
    expect(whoOf(filter, { ip: '192.0.2.7', status: 200 })).toBeUndefined();
  });

  test('and tells which condition it was', () => {
    const filter = filterOf({ address: 'ip', condition: ['status = 401', 'status = 403', 'status > 402'] });
    expect(outcomeOf(filter, { ip: '192.0.2.7', status: 403 }).hits.map(({ regex }) => regex)).toEqual([1]);
    const all = filterOf(
      { address: 'ip', condition: ['status = 401', 'status = 403', 'status > 402'] },
      { checkAll: true },
    );
    expect(outcomeOf(all, { ip: '192.0.2.7', status: 403 }).hits.map(({ regex }) => regex)).toEqual([1, 2]);
  });

  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['a name', 'victim.example.org'],
    ['two addresses', '192.0.2.7, 203.0.113.66'],
    ['a network', '203.0.113.0/24'],
    ['a list', ['203.0.113.66']],
    ['a number', 3405803842],
    ['an object', { ip: '203.0.113.66' }],
  ])('never for what is no address: %s', (_what, ip) => {
    expect(whoOf(filterOf(STATUS), { ip, status: 401, other: '192.0.2.7' })).toBeUndefined();
  });

  test('the next field does not stand in for one that is no address', () => {
    const filter = filterOf({ address: 'a, b', condition: ['status = 401'] });
    expect(whoOf(filter, { a: 'x', b: '192.0.2.7', status: 401 })).toBeUndefined();
    expect(whoOf(filter, { b: '192.0.2.7', status: 401 })).toBe('192.0.2.7');
  });

  test('a session is told by fields, too', () => {
    const filter = filterOf({
      address: 'ip',
      message: 'msg',
      failregex: ['^<F-NOFAIL>connection</F-NOFAIL>$', '^bad login$'],
      tags: { 'field-mlfid': 'conn' },
    });
    expect(whoOf(filter, { conn: 7, ip: '192.0.2.7', msg: 'connection' })).toBeUndefined();
    expect(whoOf(filter, { conn: 8, msg: 'bad login' })).toBeUndefined();
    expect(whoOf(filter, { conn: 7, msg: 'bad login' })).toBe('192.0.2.7');
  });
});

describe('an expression is for the text of one field', () => {
  const MESSAGE: JsonText = {
    message: 'msg',
    failregex: ['^bad login of <F-USER>.*</F-USER>$'],
    address: 'ip',
  };

  test('and the address for its own', () => {
    const filter = filterOf(MESSAGE);
    expect(whoOf(filter, { msg: 'bad login of 203.0.113.66', ip: '192.0.2.7' })).toBe('192.0.2.7');
    expect(whoOf(filter, { msg: 'good login', ip: '192.0.2.7' })).toBeUndefined();
    expect(whoOf(filter, { ip: '192.0.2.7', other: 'bad login of joe' })).toBeUndefined();
  });

  test('without an address field it names the address itself', () => {
    const filter = filterOf({ message: 'msg', failregex: ['^bad login from <ADDR>$'] });
    expect(whoOf(filter, { msg: 'bad login from 192.0.2.7' })).toBe('192.0.2.7');
    expect(whoOf(filter, { msg: 'x', agent: 'bad login from 203.0.113.66' })).toBeUndefined();
  });

  test('conditions hold for all of them, ignoreregex for the text', () => {
    const filter = filterOf({
      ...MESSAGE,
      condition: ['level = warn', 'level = error'],
      ignoreregex: ' robot$',
    });
    expect(whoOf(filter, { msg: 'bad login of joe', ip: '192.0.2.7', level: 'error' })).toBe('192.0.2.7');
    expect(whoOf(filter, { msg: 'bad login of joe', ip: '192.0.2.7', level: 'info' })).toBeUndefined();
    expect(outcomeOf(filter, { msg: 'bad login of robot', ip: '192.0.2.7', level: 'warn' }).verdict).toBe(
      'ignored',
    );
  });

  test('line ends and other controls of the text are written out', () => {
    const filter = filterOf(MESSAGE);
    const forged = { msg: 'x\nbad login of joe', ip: '192.0.2.7' };
    expect(whoOf(filter, forged)).toBeUndefined();
    const outcome = outcomeOf(filter, { msg: 'bad login of ~\n!rm\u0000', ip: '192.0.2.7' });
    expect(outcome.hits[0]?.failure?.data.get('user')).toBe('~\\n!rm\\u0000');
  });

  test('letters beyond ASCII are found, however they are written', () => {
    const filter = filterOf({ ...MESSAGE, failregex: ['^Anmeldung für <F-USER>\\w+</F-USER>$'] });
    expect(whoOf(filter, '{"msg":"Anmeldung f\\u00fcr J\\u00f6rg","ip":"192.0.2.7"}')).toBe('192.0.2.7');
    expect(whoOf(filter, '{"msg":"Anmeldung für Jörg","ip":"192.0.2.7"}')).toBe('192.0.2.7');
  });
});

describe('the time', () => {
  const timeOf = (line: object, time = 'ts', datepattern?: string): number | undefined =>
    outcomeOf(filterOf({ ...STATUS, time, ...(datepattern ? { datepattern } : {}) }), line).stamp?.epochSec;

  test.each<[unknown, number | undefined]>([
    [1795248000, 1795248000],
    [1795248000.25, 1795248000.25],
    [1795248000250, 1795248000.25],
    ['1795248000250', 1795248000.25],
    ['2026-11-21T08:00:00Z', 1795248000],
    ['2026-11-21T08:00:00.123456789Z', 1795248000],
    ['2026-11-21T09:00:00+01:00', 1795248000],
    ['2026-11-21T09:00:00.5+0100', 1795248000],
    ['21/Nov/2026:09:00:00 +0100', 1795248000],
    ['yesterday', undefined],
    ['', undefined],
    [null, undefined],
    [1e300, undefined],
    [-1, undefined],
    [{}, undefined],
  ])('of %j is %j', (ts, epochSec) => {
    expect(timeOf({ ts, status: 200, other: '2020-01-01T00:00:00Z' })).toBe(epochSec);
  });

  test('may have a pattern of its own, and another name', () => {
    expect(timeOf({ a: { t: '08h00 21.11.2026 Z' } }, 'a.t', '^%Hh%M %d.%m.%Y %z')).toBe(1795248000);
  });

  test('is the date before the object where no field has it', () => {
    const filter = filterOf({ ...STATUS, prefregex: '^\\s*web app: <F-CONTENT>.+</F-CONTENT>$' });
    const outcome = outcomeOf(filter, '2026-11-21T08:00:00Z web app: {"ip":"192.0.2.7","status":401}');
    expect([outcome.verdict, outcome.stamp?.epochSec]).toEqual(['failure', 1795248000]);
    const both = outcomeOf(
      filter,
      '2026-11-21T08:00:00Z web app: {"ip":"192.0.2.7","status":401,"ts":1795248001}',
    );
    expect([both.verdict, both.stamp?.epochSec]).toEqual(['failure', 1795248001]);
  });

  test('is what the journal says', () => {
    const filter = filterOf({ ...STATUS, prefregex: '^web app\\[\\d+\\]: <F-CONTENT>.+</F-CONTENT>$' });
    const stamp = { text: '2026-11-21T08:00:00 ', epochSec: 1795248000 };
    const text = 'web app[7]: {"ip":"192.0.2.7","status":401,"ts":1795240000}';
    const [outcome] = filter.run([{ text, ascii: true, stamp }]);
    expect([outcome?.verdict, outcome?.stamp?.epochSec]).toEqual(['failure', 1795248000]);
  });

  test('is looked for at the same place by those who do not match', () => {
    const texts = dateTexts(planOf(STATUS));
    expect(texts(lineOf('{"ts":1795248000123}')).text).toBe('1795248000.123000');
    expect(texts(lineOf('Nov 21 x: {"a":1}')).text).toBe('Nov 21 x: ');
    expect(texts(lineOf('Nov 21 x: no object')).text).toBe('Nov 21 x: no object');
    expect(dateTexts(makePlan({ failregex: '<HOST>' }))(lineOf('x')).text).toBe('x');
  });
});

describe('what stands before the object', () => {
  const PREFIXED: JsonText = {
    ...STATUS,
    prefregex: '^\\s*\\S+ app(?:\\[\\d+\\])?: <F-CONTENT>.+</F-CONTENT>$',
  };
  const line = '{"ip":"192.0.2.7","status":401}';

  test('has to be what prefregex says', () => {
    const filter = filterOf(PREFIXED);
    expect(whoOf(filter, `Nov 21 08:00:00 web app[7]: ${line}`)).toBe('192.0.2.7');
    expect(whoOf(filter, line)).toBe('192.0.2.7');
    expect(outcomeOf(filter, `Nov 21 08:00:00 web other: ${line}`).verdict).toBe('no-prefregex');
    expect(outcomeOf(filter, `Nov 21 08:00:00 web other: said web app: ${line}`).verdict).toBe(
      'no-prefregex',
    );
  });

  test('has no words between itself and the object', () => {
    const filter = filterOf({ ...PREFIXED, prefregex: '^\\s*\\S+ app: <F-CONTENT>.+</F-CONTENT>$' });
    expect(whoOf(filter, `Nov 21 08:00:00 web app: ${line}`)).toBe('192.0.2.7');
    const said = `Nov 21 08:00:00 web app: handshake with 192.0.2.9 failed: ${line}`;
    expect(outcomeOf(filter, said).verdict).toBe('no-prefregex');
    expect(whoOf(filter, `Nov 21 08:00:00 web app: {}${line}`)).toBeUndefined();
  });

  test('is not there without prefregex', () => {
    expect(outcomeOf(filterOf(STATUS), `web app: ${line}`).verdict).toBe('no-failregex');
    expect(outcomeOf(filterOf(STATUS), ` ${line}`).verdict).toBe('no-failregex');
  });

  test('and nothing stands behind it', () => {
    expect(outcomeOf(filterOf(PREFIXED), `Nov 21 08:00:00 web app: ${line} x`).verdict).toBe('no-failregex');
    expect(outcomeOf(filterOf(STATUS), `${line}${line}`).verdict).toBe('no-failregex');
  });
});

describe("docker's wrapper", () => {
  const wrap = (log: string, stream = 'stdout', more = {}): string =>
    JSON.stringify({ log, stream, ...more, time: '2026-11-21T08:00:00.123456789Z' });
  const LINE = '{"ip":"192.0.2.7","status":401}';
  const PLAIN: JsonText = { format: 'docker', failregex: ['^\\s*bad login from <ADDR>$'] };

  test('is opened for JSON', () => {
    const filter = filterOf(STATUS);
    const outcome = outcomeOf(filter, wrap(`${LINE}\n`, 'stderr', { attrs: { tag: 'x' } }));
    expect([outcome.verdict, outcome.stamp?.epochSec]).toEqual(['failure', 1795248000]);
    expect(whoOf(filter, wrap('no object\n'))).toBeUndefined();
  });

  test('is opened for a filter of plain lines', () => {
    const filter = filterOf(PLAIN);
    const own = outcomeOf(filter, wrap('2026-11-21T07:00:00Z bad login from 192.0.2.7\n'));
    expect([own.verdict, own.stamp?.epochSec]).toEqual(['failure', 1795244400]);
    const dockers = outcomeOf(filter, wrap('bad login from 192.0.2.7\n'));
    expect([dockers.verdict, dockers.stamp?.epochSec]).toEqual(['failure', 1795248000]);
    expect(dockers.line.text).toBe('bad login from 192.0.2.7');
    // The same filter reads lines that nobody has wrapped.
    expect(whoOf(filter, 'bad login from 192.0.2.8')).toBe('192.0.2.8');
    expect(whoOf(filter, '{"log":"bad login from 192.0.2.8"}')).toBeUndefined();
  });

  test.each([
    ['json', STATUS, `${LINE}\n`],
    ['docker', PLAIN, 'bad login from 192.0.2.7\n'],
  ] as const)('never takes a piece of a long line for a line (%s)', (_format, text, log) => {
    const filter = filterOf(text);
    expect(whoOf(filter, wrap(`GET /${'x'.repeat(100)}`))).toBeUndefined();
    expect(whoOf(filter, wrap(log))).toBeUndefined();
    expect(whoOf(filter, wrap(log))).toBe('192.0.2.7');
    // The other stream is another log.
    expect(whoOf(filter, wrap('half a line', 'stderr'))).toBeUndefined();
    expect(whoOf(filter, wrap(log))).toBe('192.0.2.7');
    expect(whoOf(filter, wrap(log, 'stderr'))).toBeUndefined();
    expect(whoOf(filter, wrap(log, 'stderr'))).toBe('192.0.2.7');
  });

  test('knows the logs of containers apart', () => {
    const filter = filterOf(PLAIN);
    const found = (log: string, text: string): string | undefined => {
      filter.log = log;
      return whoOf(filter, wrap(text));
    };
    expect(found('/a.log', 'half a line')).toBeUndefined();
    expect(found('/b.log', 'bad login from 192.0.2.7\n')).toBe('192.0.2.7');
    expect(found('/a.log', 'bad login from 192.0.2.66\n')).toBeUndefined();
    expect(found('/a.log', 'bad login from 192.0.2.8\n')).toBe('192.0.2.8');
  });

  test('an interrupted batch forgets which lines are incomplete', () => {
    const filter = filterOf(PLAIN);
    const before = filter.snapshot();
    filter.process(lineOf(wrap('half')));
    filter.restore(before);
    expect(whoOf(filter, wrap('bad login from 192.0.2.7\n'))).toBe('192.0.2.7');
  });

  test('may be that of Kubernetes, with its pieces', () => {
    const cri = (mark: string, text: string, stream = 'stdout'): string =>
      `2026-11-21T08:00:00.123456789Z ${stream} ${mark} ${text}`;
    const json = filterOf(STATUS);
    const outcome = outcomeOf(json, cri('F', LINE));
    expect([outcome.verdict, outcome.stamp?.epochSec]).toEqual(['failure', 1795248000]);
    const plain = filterOf(PLAIN);
    expect(whoOf(plain, cri('F', 'bad login from 192.0.2.7'))).toBe('192.0.2.7');
    expect(whoOf(plain, cri('P', 'GET /xxx'))).toBeUndefined();
    expect(whoOf(plain, cri('F', 'bad login from 192.0.2.7'))).toBeUndefined();
    expect(whoOf(plain, cri('F', 'bad login from 192.0.2.7', 'stderr'))).toBe('192.0.2.7');
    expect(whoOf(plain, cri('F', 'bad login from 192.0.2.7'))).toBe('192.0.2.7');
    expect(whoOf(plain, cri('X', 'bad login from 192.0.2.7'))).toBeUndefined();
    expect(whoOf(json, `x ${cri('F', LINE)}`)).toBeUndefined();
  });

  test('is not what merely has such fields', () => {
    expect(whoOf(filterOf(STATUS), wrap(`${LINE}\n`, 'stdout', { user: 'x' }))).toBeUndefined();
    const twins = `{"log":"x","log":${JSON.stringify(`${LINE}\n`)},"stream":"stdout","time":"x"}`;
    expect(whoOf(filterOf(STATUS), twins)).toBeUndefined();
  });
});

describe('a line that is not as it should be counts for nobody', () => {
  test.each([
    '{"ip":"192.0.2.7","status":401',
    '{"ip":"192.0.2.7","status":401}}',
    '{"ip":"192.0.2.7",status:401}',
    '["192.0.2.7",401]',
    '"192.0.2.7"',
    '{"__proto__":{"ip":"192.0.2.7","status":401}}',
    '{"constructor":{"prototype":{"ip":"192.0.2.7","status":401}}}',
    '{"ip":"192.0.2.7","status":401e400}',
    '{"ip":"192.0.2.7","status":[401]}',
    '\ufeff{"ip":"192.0.2.7","status":401}',
  ])('%s', (line) => {
    expect(outcomeOf(filterOf(STATUS), line).verdict).toBe('no-failregex');
  });

  test.each([
    '{"ip":"192.0.2.7","status":401,"ip":"203.0.113.66"}',
    '{"ip":"192.0.2.7","status":200,"st\\u0061tus":401}',
    '{"user":"a","ip":"192.0.2.7","user":"b","status":401}',
  ])('a field that stands twice is told: %s', (line) => {
    const outcome = outcomeOf(filterOf(STATUS), line);
    expect(outcome.verdict).toBe('error');
    expect(outcome.error).toMatch(/stands twice/);
    expect(outcome.hits).toEqual([]);
  });

  const SLOW = { ...STATUS, message: 'msg', condition: ['status = 401'], failregex: ['^bad (x*)*y$'] };

  test('and an expression that would take for ever is stopped', () => {
    const filter = filterOf(SLOW);
    expect(whoOf(filter, { ip: '192.0.2.7', status: 401, msg: `bad ${'x'.repeat(60)}` })).toBeUndefined();
    expect(whoOf(filter, { ip: '192.0.2.7', status: 401, msg: 'bad xxy' })).toBe('192.0.2.7');
  });

  test('and takes no time', () => {
    const filter = filterOf({
      ...STATUS,
      message: 'msg',
      condition: ['status = 401'],
      failregex: ['^bad (x*)*y$'],
    });
    const nested = '{"a":'.repeat(100_000);
    const lines = [
      `${nested}1${'}'.repeat(100_000)}`,
      nested,
      JSON.stringify({ ip: '192.0.2.7', status: 401, msg: 'x'.repeat(1 << 20) }),
      `{"ip":"${'1'.repeat(1 << 20)}","status":401,"msg":"bad y"}`,
      `${'{'.repeat(1 << 19)}`,
      `x${'{}'.repeat(1 << 19)}`,
    ];
    const from = performance.now();
    const outcomes = filter.run(lines.map(lineOf));
    expect(performance.now() - from).toBeLessThan(3000);
    expect(outcomes.map(({ verdict }) => verdict)).not.toContain('failure');
    expect(whoOf(filter, { ip: '192.0.2.7', status: 401, msg: 'bad xxy' })).toBe('192.0.2.7');
  });
});

describe('a filter is refused', () => {
  test.each<[string, JsonText, RegExp]>([
    ['without an address', { condition: ['status = 401'] }, /whose failure/],
    ['with two', { ...STATUS, message: 'm', failregex: ['^x <HOST>$'] }, /must not name an address/],
    [
      'with an address before the object',
      { ...STATUS, prefregex: '^<HOST> <F-CONTENT>.+</F-CONTENT>$' },
      /prefregex/,
    ],
    ['with no place for the object', { ...STATUS, prefregex: '^app: ' }, /where the object is/],
    ['with an address by tag', { ...STATUS, tags: { 'field-ip4': 'ip' } }, /named by address/],
    ['with a text that names nobody', { message: 'm', failregex: ['^x$'] }, /whose failure/],
    [
      'with an expression and no text',
      { address: 'ip', condition: ['^bad login from <HOST>$'] },
      /condition/,
    ],
    ['with ignoreregex and no text', { ...STATUS, ignoreregex: 'x' }, /message = FIELD/],
    ['with maxlines', { ...STATUS, maxlines: 2 }, /maxlines/],
    ['with a path that is none', { ...STATUS, address: 'a..b' }, /address cannot be used/],
    ['with a condition that is none', { ...STATUS, condition: ['status 401'] }, /condition cannot be used/],
  ])('%s', (_what, text, message) => {
    const refused = (): unknown => filterOf(text);
    expect(refused).toThrow(PatternError);
    expect(refused).toThrow(message);
  });

  test('not with an id that is no address', () => {
    const filter = filterOf({ condition: ['status = 401'], tags: { 'field-id': 'user' } });
    expect(whoOf(filter, { user: 'joe', status: 401 })).toBe('joe');
  });
});

test('no text in any field but its own can become the address, or make a line count', () => {
  const next = numbers(20261121);
  const filter = filterOf({ ...STATUS, address: 'request.ip', time: 'ts', condition: ['status = 401'] });
  const pieces = [
    ...['"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\u2028', 'ü', '\\u0022', '","ip":"203.0.113.66'],
    ...['"ip":"203.0.113.66"', '"status":401', '"request":{', '}}', '203.0.113.66', '__proto__', '\ud800'],
  ];
  const text = (): string =>
    Array.from({ length: next(8) }, () => pieces[next(pieces.length)] as string).join('');
  for (let round = 0; round < 4000; round++) {
    const status = next(2) === 0 ? 401 : 200;
    const ip = next(4) === 0 ? text() : '192.0.2.7';
    const line = JSON.stringify({
      [`x${text()}`]: text(),
      agent: text(),
      request: {
        [`y${text()}`]: text(),
        ip,
        headers: { [text()]: [text(), { ip: '203.0.113.66', status: 401 }] },
      },
      user: text(),
      status,
      last: text(),
    });
    const found = whoOf(filter, line);
    const wanted = status === 401 && ip === '192.0.2.7' ? '192.0.2.7' : undefined;
    if (found !== wanted && !(ip === '203.0.113.66' && status === 401))
      expect([line, found]).toEqual([line, wanted]);
    // Cut anywhere, it is no line any more.
    expect(whoOf(filter, line.slice(0, next(line.length)))).toBeUndefined();
  }
});

/** Numbers below a bound that look random, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
