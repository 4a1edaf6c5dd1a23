import { afterAll, describe, expect, test } from '@jest/globals';
import { check, removeTrees } from './tree.js';

afterAll(removeTrees);

/** A jail whose log is named by a path set, or by itself. */
const findings = async (text: string, hasJournal: boolean) => {
  const changes = {
    'jail.local': `[INCLUDES]\nbefore = paths-x.conf\n[app]\n${text}\n`,
    'paths-x.conf': '[DEFAULT]\napp_log = /nowhere/app.log\nlogs = LOG/app.log\n  /nowhere/app.log\n',
  };
  const { found } = await check(changes, [], { hasJournal });
  return found
    .filter(({ code }) => code === 'no-log')
    .map(({ level, at, message }) => `${level} ${at} ${message}`);
};
const TO_JOURNAL = 'journalmatch = _COMM=app\n';
const SET = 'logpath = %(app_log)s\n';

describe('a log that is not there', () => {
  test.each<[string, string, boolean, string]>([
    [
      'that a jail names',
      'logpath = /nowhere/app.log',
      true,
      'error jail.local:4:11 no file matches /nowhere/app.log; jail app has no log to read',
    ],
    [
      'that a path set names',
      SET,
      true,
      'warning paths-x.conf:2:11 no file matches /nowhere/app.log; jail app has no log to read',
    ],
    [
      'in a jail that may be left out',
      'logpath = /nowhere/a\nskip_if_nologs = yes',
      true,
      'warning jail.local:4:11 no file matches /nowhere/a; jail app has no log to read',
    ],
    [
      'in place of which the journal is read',
      `logpath = /nowhere/app.log\n${TO_JOURNAL}`,
      true,
      'warning jail.local:4:11 no file matches /nowhere/app.log; jail app reads the journal instead',
    ],
    [
      'in place of which a journal would be read that is not there',
      `${SET}${TO_JOURNAL}`,
      false,
      'warning paths-x.conf:2:11 no file matches /nowhere/app.log; jail app has no log to read',
    ],
  ])('is reported: one %s', async (_, text, hasJournal, expected) => {
    expect(await findings(text, hasJournal)).toEqual([expected]);
  });

  test.each([
    ['the journal stands in for the path set', `${SET}${TO_JOURNAL}`],
    ['another one of the path set is there', 'logpath = %(logs)s'],
  ])('is not reported where %s', async (_, text) => {
    expect(await findings(text, true)).toEqual([]);
  });
});

describe('a log that is something else', () => {
  const messages = async (logpath: string) => {
    const { found } = await check({ 'jail.local': `[app]\nlogpath = ${logpath}\n` }, [], {
      hasJournal: true,
    });
    return found
      .filter(({ code }) => code === 'not-a-log')
      .map(({ level, at, message }) => `${level} ${at} ${message}`);
  };

  test('is reported: a folder', async () => {
    const [found, ...more] = await messages('LOG/nginx');
    expect(found).toMatch(/^error jail\.local:2:11 \/LOG\/nginx is a folder, not a file/);
    expect(more).toEqual([]);
  });

  test('is reported: a device', async () => {
    expect(await messages('/dev/zero')).toEqual([
      'error jail.local:2:11 /dev/zero is a device, not a file that could be read as a log',
    ]);
  });

  test('but not a folder among files that a glob matches', async () => {
    expect(await messages('LOG/*')).toEqual([]);
  });

  test('but not the null device, which jails for bans by hand have', async () => {
    expect(await messages('/dev/null')).toEqual([]);
  });
});
