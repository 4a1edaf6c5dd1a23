/**
 * Commands of fail2ban-client's vocabulary, the configuration they are about, and where answers differ on purpose; and how
 * a session of the client is taken apart into answers.
 */
import { run } from '../commands/f2b.js';

export const TREE = {
  'fail2ban.conf': `[Definition]
loglevel = INFO
logtarget = @DIR@/fail2ban.log
syslogsocket = auto
socket = @DIR@/server.sock
pidfile = @DIR@/server.pid
dbfile = @DIR@/fail2ban.sqlite3
dbmaxmatches = 10
dbpurgeage = 1d
allowipv6 = auto
`,
  'filter.d/one.conf': `[Definition]
failregex = ^bad <F-ID>\\S+</F-ID>$
  ^worse <F-ID>\\S+</F-ID> by <F-USER>\\S+</F-USER>$
ignoreregex = ^bad 10\\.
`,
  'action.d/nothing.conf': '[Definition]\nactionban = true\nactionunban = true\n[Init]\nport = 22\n',
  'a.log': '',
  'b.log': '',
  'jail.conf': `[DEFAULT]
backend = polling
filter = one
maxretry = 3
findtime = 10m
bantime = 10m
logpath = @DIR@/a.log
[zeta]
enabled = true
logpath = @DIR@/a.log
  @DIR@/b.log
action = nothing
[alpha]
enabled = true
ignoreip = 10.0.0.0/8 192.0.2.77
action = nothing
  nothing[name=alpha-two, port=23]
bantime = -1
findtime = 1.5h
maxretry = 5
usedns = no
`,
};

/** Both sides get these one after the other. `@DIR@` is the folder. */
export const COMMANDS: readonly string[] = `
echo a b
status
status zeta
status zeta short
status zeta foo
status a b c
status nobody
foo
foo bar
get
set
get zeta
set zeta
get nobody maxretry
get nobody nope
set nobody nope 1
set zeta nope 1
get zeta nope
unban
banned
banned 192.0.2.1
get zeta banip
get zeta banned
get zeta banned 192.0.2.1
set zeta banip
set zeta banip 192.0.2.1
set zeta banip 192.0.2.1
set zeta banip 192.0.2.2 2001:DB8::1 10.9.0.0/255.255.0.0 joe
set zeta banip 192.0.2.3/x
get zeta banip
get zeta banip |
get zeta banip a b
get zeta banip --with-time
get zeta banned
get zeta banned 192.0.2.1
get zeta banned 192.0.2.1 192.0.2.9
set alpha banip 192.0.2.1
get alpha banip --with-time
banned
banned 192.0.2.1 10.9.1.1 2001:db8:0::1
status zeta
status zeta short
status alpha
set zeta unbanip
set zeta unbanip 192.0.2.9
set zeta unbanip --report-absent 192.0.2.9 192.0.2.1 192.0.2.8
set zeta unbanip --report-absent
set zeta unbanip 2001:db8::/32
set zeta unbanip 10.9.1.1
unban 10.0.0.0/8 192.0.2.1 192.0.2.200
set zeta banip 127.0.0.1
set zeta unbanip localhost
banned
unban --all
banned
status zeta
set zeta attempt
set zeta attempt 192.0.2.5
set alpha attempt 10.1.1.1
set zeta attempt 192.0.2.6 one two
status zeta
set zeta attempt 192.0.2.6 three
#wait
status zeta
get zeta banned
unban 192.0.2.6
get zeta ignoreip
set zeta addignoreip
set zeta addignoreip ''
set zeta addignoreip 192.0.2.0/24 name.invalid
set zeta addignoreip 192.0.2.99
get zeta ignoreip
set zeta delignoreip
set zeta delignoreip 198.51.100.1
set zeta delignoreip 192.0.2.99
set zeta delignoreip name.invalid
get alpha ignoreip
get zeta ignoreself
set zeta ignoreself maybe
set zeta ignoreself TRUE
set zeta ignoreself
get zeta ignorecommand
set zeta ignorecommand 'true <ip>'
get zeta ignorecommand
set zeta ignorecommand ''
get zeta ignorecache
set zeta ignorecache 'key="<ip>",max-count=10,max-time=5m'
get zeta ignorecache
set zeta ignorecache 'key="<ip>"'
set zeta ignorecache foo
set zeta ignorecache foo=1
set zeta ignorecache ''
get zeta logpath
set zeta addlogpath
set zeta addlogpath /nowhere/at/all
set zeta addlogpath @DIR@/jail.conf foo
set zeta addlogpath @DIR@/jail.conf tail more
set zeta addlogpath @DIR@/jail.conf tail
set zeta addlogpath @DIR@/b.log
set zeta dellogpath /nowhere/at/all
set zeta dellogpath @DIR@/jail.conf
get zeta logpath
get zeta logencoding
set zeta logencoding latin1
set zeta logencoding nope
get zeta logencoding
set zeta logencoding auto
get zeta journalmatch
set zeta addjournalmatch A=1
set zeta deljournalmatch A=1
get zeta failregex
set zeta addfailregex 'abc('
set zeta addfailregex '^nobody'
set zeta addfailregex ''
set zeta addfailregex
set zeta addfailregex '^three <F-ID>x</F-ID>' '^four'
get zeta failregex
set zeta delfailregex
set zeta delfailregex x
set zeta delfailregex 9
set zeta delfailregex 0
set zeta delfailregex -1
get zeta ignoreregex
set zeta addignoreregex '^z('
set zeta addignoreregex '^z'
set zeta delignoreregex 0
set zeta delignoreregex 0
get zeta ignoreregex
get zeta prefregex
set zeta prefregex '^ <F-CONTENT>.+</F-CONTENT>$'
get zeta prefregex
set zeta prefregex ''
set zeta prefregex '(('
get zeta findtime
get alpha findtime
set zeta findtime 1.5h
set zeta findtime 1mo
set zeta findtime 20m
set zeta findtime abc
set zeta findtime
get zeta bantime
get alpha bantime
set zeta bantime 1.5h
set zeta bantime 1.9
set zeta bantime -1
set zeta bantime 1mo
set zeta bantime x
set zeta bantime 10m
get zeta maxretry
get alpha maxretry
set zeta maxretry 4
set zeta maxretry 4 5
set zeta maxretry 4.5
set zeta maxretry x
set zeta maxretry ''
set zeta maxretry
set zeta maxretry 0
set zeta maxretry 3
get zeta maxmatches
set zeta maxmatches 7
set zeta maxmatches x
get zeta maxlines
set zeta maxlines 2
set zeta maxlines 0
set zeta maxlines x
set zeta maxlines 1
get zeta usedns
get alpha usedns
set zeta usedns foo
set zeta usedns yes
set zeta usedns ''
get zeta datepattern
set zeta datepattern %Y-%m-%d
get zeta datepattern
set zeta datepattern EPOCH
set zeta datepattern '{^LN-BEG}%Y'
set zeta datepattern '{DEFAULT}'
set zeta datepattern %Q
set zeta datepattern
set zeta datepattern ''
get zeta logtimezone
set zeta logtimezone UTC+0300
get zeta logtimezone
set zeta logtimezone nope
set zeta logtimezone ''
get zeta bantime.increment
set zeta bantime.increment true
get zeta bantime.increment
set zeta bantime.increment foo
set zeta bantime.increment
get zeta bantime.factor
set zeta bantime.factor 2
get zeta bantime.factor
set zeta bantime.factor ''
get zeta bantime.factor
set zeta bantime.formula 'ban.Time * 2'
get zeta bantime.formula
set zeta bantime.multipliers '1 2 3'
get zeta bantime.multipliers
set zeta bantime.multipliers 1,2
set zeta bantime.multipliers ''
set zeta bantime.maxtime 1d
get zeta bantime.maxtime
set zeta bantime.maxtime abc
set zeta bantime.rndtime 10m
get zeta bantime.rndtime
get zeta bantime.overalljails
set zeta bantime.overalljails false
set zeta bantime.nope 1
get zeta actions
get alpha actions
get zeta action
get zeta action nothing
get zeta action nothing port
get alpha action nothing-two port
get zeta action nothing actionban
get zeta action nothing actionstart
get zeta action nothing timeout
get zeta action nothing nope
get zeta action nope port
set zeta action nothing
set zeta action nothing port
set zeta action nothing port 24
get zeta action nothing port
set zeta action nothing timeout 2m
get zeta action nothing timeout
set zeta action nothing timeout abc
set zeta action nothing actionban 'echo <ip>'
get zeta action nothing actionban
set zeta action nothing fresh x
get zeta action nothing fresh
set zeta action nope x y
set zeta delaction nope
get zeta actionproperties nothing
get zeta actionproperties nope
get zeta actionproperties
get zeta actionmethods nothing
set zeta idle on
set zeta idle x
set zeta idle
set zeta idle off
get dbmaxmatches
set dbmaxmatches 5
set dbmaxmatches x
set dbmaxmatches
get dbpurgeage
set dbpurgeage 2d
get dbpurgeage
set dbpurgeage x
set dbfile @DIR@/other
get loglevel
get logtarget
get syslogsocket
get thread
stats
status --all short
`
  .split('\n')
  .filter((line) => line !== '');

/** What newer versions answer, and we: HEAD of fail2ban, run when the vocabulary was written down. */
export const OF_HEAD: Readonly<Record<string, RegExp>> = {
  // 1.0.2 answers 1 whether the address is ignored or not.
  'set alpha attempt 10.1.1.1': /^0$/,
  // Known to HEAD only.
  stats: / zeta {5}║ polling {2}║/,
  'status --all short': /^Status\n\|- Number of jail:\t2\n/,
};

/** Where we differ on purpose. */
export const OURS: Readonly<Record<string, RegExp>> = {
  // `false` is a no; there any word is a yes, and shown as it was written.
  'set zeta bantime.overalljails false': /^False$/,
  // There any name can be set, and means nothing.
  'set zeta bantime.nope 1': /^Invalid command 'bantime\.nope'/,
};

export interface Answer {
  readonly text: string;
  /** What stands behind `NOK:`. */
  readonly refused: string | undefined;
}

/** What a client answers that gets these commands on its standard input. */
export async function converse(
  client: readonly string[],
  { dir, commands, wait = 'sleep 3' }: { dir: string; commands: readonly string[]; wait?: string },
): Promise<Answer[]> {
  const [file = '', ...args] = client;
  // A pause of the server's own, so that what is done in the background is done.
  const lines = commands.map((line) => (line === '#wait' ? wait : line.replaceAll('@DIR@', dir)));
  const { stdout, stderr } = await run(file, [...args, '-i'], { input: `${lines.join('\n')}\n` });
  const texts = stdout
    .split('fail2ban> ')
    .slice(1, -1)
    .map((text) => text.replace(/\n$/, ''));
  if (texts.length !== commands.length) throw new Error(`${texts.length} answers:\n${stdout}\n${stderr}`);
  const refusals = [...stderr.matchAll(/ERROR {3}NOK: (.*)$/gm)].map((match) => match[1] as string);
  return assign(texts, refusals);
}

/** Both sides have been asked at different moments. */
export function withoutTimes(answer: Answer | undefined): Answer | undefined {
  return answer && { ...answer, text: answer.text.replaceAll(/20\d\d-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME') };
}

/** Refusals come in order; which answers are refusals is told by asking for the same text. */
function assign(texts: readonly string[], refusals: readonly string[]): Answer[] {
  const left = [...refusals];
  return texts.map((text) => {
    const next = left[0];
    const isRefusal = next !== undefined && textOfRefusal(next, text);
    return { text, refused: isRefusal ? left.shift() : undefined };
  });
}

/** Does this tuple belong to this text? */
function textOfRefusal(tuple: string, text: string): boolean {
  if (text === 'Sorry but the command is invalid') return tuple === "('list index out of range',)";
  const jail = /^Sorry but the jail '(.*)' does not exist$/.exec(text)?.[1];
  if (jail !== undefined) return tuple === `('${jail}',)`;
  const twice = /^The jail '(.*)' already exists$/.exec(text)?.[1];
  if (twice !== undefined) return tuple === `('${twice}',)`;
  if (text.startsWith('[Errno ')) return tuple.startsWith('(2, ');
  const flat = text.replaceAll('\n', '\\n').replaceAll(/['"\\]/g, '');
  return tuple.replaceAll(/['"\\]/g, '').slice(1, -2) === flat.replaceAll(/['"\\]/g, '');
}
