/** Vocabulary: every plain setting of a jail, made from its declaration (settings.ts): `set J NAME V`, `get J NAME`. */

import type { JailFace } from '../../jail/face.js';
import type { Desk } from '../desk.js';
import { argument, type JailEntry } from '../entry.js';
import { SETTINGS, type Setting } from '../settings.js';
import type { Value } from '../values.js';

export const SETTING_ENTRIES: readonly JailEntry[] = SETTINGS.flatMap((setting) => [
  {
    scope: 'set-jail',
    name: setting.name,
    syntax: setting.syntax,
    help: `sets ${setting.what}`,
    group: 'jail-configuration',
    writes: true,
    ...(setting.show ? { show: setting.show } : {}),
    run: (desk, jail, args) => write(desk, jail, { setting, word: argument(args, 0) }),
  },
  {
    scope: 'get-jail',
    name: setting.name,
    syntax: '',
    help: `gets ${setting.what}`,
    group: 'jail-information',
    writes: false,
    ...(setting.show ? { show: setting.show } : {}),
    run: (desk, jail) => read(desk, jail, setting),
  },
]);

function read(desk: Desk, jail: JailFace, setting: Setting): Value {
  return setting.read(desk.planOf(jail), {
    localeEncoding: desk.localeEncoding,
    nowSec: desk.clock.nowSec(),
  });
}

async function write(
  desk: Desk,
  jail: JailFace,
  { setting, word }: { setting: Setting; word: string },
): Promise<Value> {
  const plan = setting.write(desk.planOf(jail), word);
  await setting.check?.(word);
  desk.adopt(jail, plan);
  if (setting.name === 'ignoreself') jail.ignore.ignoreSelf = plan.ignoreSelf?.value ?? true;
  if (setting.name === 'ignorecommand') jail.ignore.ignoreCommand = word;
  if (setting.name === 'ignorecache') jail.ignore.ignoreCache = word || undefined;
  desk.save(jail.name, setting.name, word);
  return read(desk, jail, setting);
}
