/**
 * `f2b regex` (also `f2b regex-test`): what fail2ban-regex does. Arguments → a test → its report.
 *
 * In a pipe the report is fail2ban-regex's, byte for byte; on a terminal it is a table; `--out` hands failures to other
 * programs; `--json` gives everything. Notes about the input go to standard error, never into the report.
 */
import * as Args from '@oclif/core/args';
import { EXIT, F2bError, PatternError, SourceError, UsageError } from '../core/errors.js';
import { withCaret } from '../view/caret.js';
import { BaseCommand, Silent } from './base.js';
import { parseCommandLine } from './getopt.js';
import { type RegexArguments, readArguments } from './regex-arguments.js';
import { REGEX_DESCRIPTION, REGEX_EXAMPLES } from './regex-help.js';
import { REGEX_FLAGS, REGEX_OPTIONS } from './regex-options.js';
import { F2B_VERSION, FAIL2BAN_SHORT_VERSION, FAIL2BAN_VERSION } from './settings.js';

export default class RegexCommand extends BaseCommand {
  static override hiddenAliases = ['regex-test', 'fail2ban-regex'];
  static override summary = 'Test a filter, or a single regular expression, on a log.';
  static override description = REGEX_DESCRIPTION;
  static override examples = REGEX_EXAMPLES;
  static override usage = 'regex [OPTIONS] LOG REGEX [IGNOREREGEX]';
  static override flags = REGEX_FLAGS;
  static override args = {
    LOG: Args.string({
      description: 'a log file, - for standard input, systemd-journal[…], or a line of log',
      ignoreStdin: true,
    }),
    REGEX: Args.string({
      description: 'a jail, a filter with [options], a filter file, or a failregex',
      ignoreStdin: true,
    }),
    IGNOREREGEX: Args.string({ description: "an ignoreregex, instead of the filter's", ignoreStdin: true }),
  };

  /** Whether a report has been begun on standard output, where fail2ban-regex also puts errors. */
  #reporting = false;

  async run(): Promise<unknown> {
    const { options, args } = parseCommandLine(this.argv, REGEX_OPTIONS);
    if (options.has('help')) return this.#help();
    if (options.has('short-version')) return process.stdout.write(`${FAIL2BAN_SHORT_VERSION}\n`);
    if (options.has('version'))
      return process.stdout.write(`fail2ban-regex ${FAIL2BAN_VERSION} (f2b ${F2B_VERSION})\n`);
    let wanted: RegexArguments;
    try {
      wanted = readArguments({ options, args });
    } catch (error) {
      if (!(error instanceof UsageError) || error.exitCode !== EXIT.failure || this.jsonEnabled())
        throw error;
      await this.#help();
      process.stderr.write(`\nERROR: ${error.message}\n`);
      throw new Silent(error.exitCode);
    }
    const { testLog } = await import('./regex-run.js');
    return testLog(wanted, {
      json: this.jsonEnabled(),
      root: this.config.root,
      onReport: () => {
        this.#reporting = true;
      },
    });
  }

  protected override report(error: unknown): number {
    // A log that cannot be read is no finding about it: nothing in a pipe may take the message for output.
    if (!this.#reporting || !(error instanceof F2bError) || error instanceof SourceError)
      return super.report(error);
    // Inside a report fail2ban-regex writes the error into it; what to do about it is ours and goes beside it.
    process.stdout.write(`ERROR: ${error.message}\n`);
    if (error instanceof PatternError && error.index !== undefined)
      process.stderr.write(withCaret(error.pattern, error.index));
    if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
    return error.exitCode;
  }

  async #help(): Promise<void> {
    // Bundled, a module of oclif has no names of its own: they are on its default.
    const { default: help } = await import('@oclif/core/help');
    const Help = await help.loadHelpClass(this.config);
    await new Help(this.config, this.config.pjson.oclif.helpOptions).showHelp(['regex']);
  }
}
