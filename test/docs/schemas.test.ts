/**
 * What `--json` prints is what schemas/ promises, on runs that fill every field.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { f2b, ROOT } from '../commands/f2b.js';

/** Complaints of the schema about a value; none means that it fits. */
function complaints(name: string, value: unknown): unknown[] {
  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas', `${name}.json`), 'utf8'));
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  return ajv.validate(schema, value) ? [] : (ajv.errors ?? []);
}

const LINE = '2026-11-20 03:04:05 srv app[9]: bad login of joe from 192.0.2.4';

describe('f2b regex --json', () => {
  test.each([
    ['a shipped filter on the shipped log', ['examples/mail.log', 'postfix[mode=aggressive]']],
    ['a session whose address is not known', ['Nov 20 03:04:05 srv sshd[9]: error: PAM: x', 'sshd']],
    ['a line and an expression', [LINE, 'from <HOST>$', 'nobody']],
    ['several lines', [`${LINE}\nnoise\n${LINE}`, '-L', '2', 'from <HOST>$']],
    ['a date pattern of its own', ['-d', 'EPOCH', '1795143845 192.0.2.4', '<ADDR>']],
  ])('fits its schema: %s', async (_, args) => {
    const { stdout, status } = await f2b(['regex', '-c', ROOT, '--json', ...args], { cwd: ROOT });
    expect(status).toBe(0);
    expect(complaints('regex', JSON.parse(stdout))).toEqual([]);
  });

  test('the schema does not fit something else', () => {
    expect(complaints('regex', { lines: { total: '4' } })).not.toEqual([]);
  });
});
