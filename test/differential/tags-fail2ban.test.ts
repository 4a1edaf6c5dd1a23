/** Tags against the installed fail2ban: it shows what it makes of a prefregex, or quotes it in its refusal. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expandTags } from '../../src/core/pattern/tags.js';

const installed = spawnSync('fail2ban-regex', ['--version']).status === 0;
if (!installed) console.warn('skipped: fail2ban-regex is not installed');
const fail2ban = installed ? describe : describe.skip;

/** Without a blank at either end, which the configuration would take away. */
const TEXTS = [
  '<HOST>',
  '<ADDR>',
  '<F-ADDR/> <CIDR>',
  '<IP4>',
  '<F-IP6/>',
  '<F-DNS/>',
  '<SUBNET>',
  '<F-ID/> <F-PORT/>',
  '<ID> <PORT> <F-HOST/> <host> <IP4/> </HOST> <F-SKIPLINES/>',
  '<F-ID>a</F-ID><F-PORT>b</F-PORT><F-MLFID>c</F-MLFID>',
  '</F-A><F-A>x<F-B>y</F-A></F-B>',
  '<F-A>x</F-A></F-A>',
  '<F-A_1>x</F-A_1><F-1A>x</F-1A>',
  '<F-A-B>x</F-A-B><F-A.B><F-user>x</F-user><F->x</F->',
  '<F-HOST>x</F-HOST><F-IP4>y</F-IP4>',
  'a<SKIPLINES>b<SKIPLINES>c',
  '((?i)abc) (?:(?is)b) ((?i)a((?m)b)) ((?i))',
  String.raw`\(((?i)abc)\) [((?i)]`,
  String.raw`\\((?i)abc) \((?i)abc\) \(?:(?i)x)`,
  '((?I)x) ((?-i)x) ((?z)x) (?=(?i)x) ( (?i)x)',
];

fail2ban('expandTags', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'f2b-tags-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function expandedByFail2ban(text: string, ...options: string[]): string {
    const file = join(dir, 'tags.conf');
    writeFileSync(file, `[Definition]\nprefregex = ${text.replaceAll('%', '%%')}\nfailregex = <ADDR>\n`);
    const run = spawnSync('fail2ban-regex', [...options, '-v', 'some line', file], { encoding: 'utf8' });
    const shown = /^Prefregex: .*\n\| {2}(.*)$/m.exec(run.stdout) ?? /expression '(.*)':$/m.exec(run.stdout);
    if (!shown?.[1]) throw new Error(`unexpected output: ${run.stdout} ${run.stderr}`);
    // 1.0.2 has another first alternative in <IP6>.
    return shown[1].replaceAll('{1,4}::?|::)', '{1,4}::?|:)');
  }

  test.each(TEXTS)('makes of %s what fail2ban makes of it', (text) => {
    expect(expandTags(text)).toBe(expandedByFail2ban(text));
  });

  test.each(['yes', 'no', 'raw', 'warn'] as const)(
    'makes of <HOST> with usedns=%s what fail2ban makes',
    (usedns) => {
      expect(expandTags('<HOST>', { usedns })).toBe(expandedByFail2ban('<HOST>', `--usedns=${usedns}`));
    },
  );
});
