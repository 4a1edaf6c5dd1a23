/**
 * Starts the command line: `bin/run.js` → oclif → the command. What no command has caught ends here.
 */
import { run } from '@oclif/core/run';
import { errorText, exitCodeOf, installSignals } from './commands/base.js';

/** @param root folder of package.json */
export async function main(root: string, argv: readonly string[]): Promise<void> {
  installSignals();
  try {
    await run([...argv], { root, userPlugins: false, devPlugins: false });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // oclif ends `--help` and `--version` by an error of its own with exit code 0.
    if (process.exitCode !== 0) process.stderr.write(errorText(error));
  }
}
