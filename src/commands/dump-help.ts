/**
 * Help texts of `f2b dump`.
 */
export const DUMP_DESCRIPTION = `Takes the place of fail2ban-client -d: for the same folder the same lines, in Python's notation.

Each line is a command for a server, in the order in which it would get them: settings, then jail by jail its filter,
its options, its log files and its actions, then the start of each jail. All %(references)s and the <tags> that are
known before a ban are filled in. A jail that cannot be used is left out, and a line config-error says why.

Nothing is started and nothing is changed. Warnings go to standard error, with file and line.

With --json each word of a command is an object with its value and, where somebody wrote it, its origin (file, line).

The exit code is 0, or 255 where fail2ban would refuse the configuration.`;

export const DUMP_EXAMPLES = [
  '<%= config.bin %> dump',
  '<%= config.bin %> dump -c ./etc/fail2ban --pretty',
  "<%= config.bin %> dump --json | jq -r '.commands[][] | arrays[] | .origin.file?'",
];
