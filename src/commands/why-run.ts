/**
 * Runs one `f2b why`: desk → report → view. Loaded only when there is something to run. Takes no lock.
 */
import { searchFirewall } from '../core/action/search-firewall.js';
import { explain } from '../core/control/why.js';
import { whyAsJson } from '../view/why-json.js';
import { renderWhy } from '../view/why-text.js';
import { openDesk } from './desk.js';
import { colorLevel } from './settings.js';

export interface WhyArguments {
  readonly asked: string;
  readonly config: string | undefined;
  readonly json: boolean;
  /** Folder of the package. */
  readonly root: string;
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function tellWhy({ asked, config, json, root }: WhyArguments): Promise<unknown> {
  const { desk, close } = await openDesk({ config, root, writes: false, command: 'f2b why' });
  try {
    const report = await explain(desk, asked, { search: searchFirewall });
    if (json) return whyAsJson(report);
    const { stdout } = process;
    stdout.write(
      renderWhy(report, {
        colors: colorLevel(stdout, process.env),
        columns: stdout.isTTY ? stdout.columns : undefined,
      }),
    );
    return undefined;
  } finally {
    close();
  }
}
