/**
 * Output of the installed fail2ban-regex (1.0.2) → what its newest version (HEAD), which is the target, would print.
 *
 * Every difference has a name; nothing else may differ. `settle` evens out what no two runs of the same program share.
 */

/** What HEAD says differently from 1.0.2. */
const HEAD_DIFFERENCES: readonly { name: string; change: (text: string) => string }[] = [
  {
    name: 'one label for filters, of a configuration or by path',
    change: (text) => text.replace(/^Use {3}failregex (?:filter )?file :/gm, 'Use      filter file :'),
  },
  {
    name: 'the date format without separators may have - and :',
    change: (text) =>
      text.replaceAll(
        'ExYearExMonthExDay(?:T|  ?)Ex24hourExMinuteExSecond',
        'ExYearExMonthExDay(?:-|T|  ?)Ex24hour:?ExMinute:?ExSecond',
      ),
  },
  {
    name: 'the expression of that date format',
    change: (text) =>
      text
        .replaceAll('%ExY%Exm%Exd(?:T|  ?)%ExH%ExM%ExS', '%ExY%Exm%Exd(?:-|T|  ?)%ExH:?%ExM:?%ExS')
        .replaceAll(
          '(?P<d>[1-2]\\d|0[1-9]|3[0-1])(?:T|  ?)(?P<H>[0-1]\\d|2[0-3])(?P<M>[0-5]\\d)(?P<S>',
          '(?P<d>[1-2]\\d|0[1-9]|3[0-1])(?:-|T|  ?)(?P<H>[0-1]\\d|2[0-3]):?(?P<M>[0-5]\\d):?(?P<S>',
        ),
  },
  {
    name: 'the expression of <IP6>',
    change: (text) =>
      text
        .replaceAll('::?|::){1,7}', '::?|:){1,7}')
        .replaceAll('%3A%3A%3F%7C%3A%3A%29%7B1%2C7', '%3A%3A%3F%7C%3A%29%7B1%2C7'),
  },
];

/** What no two runs have in common: how long it took, the present time, the order of a set. */
export function settle(text: string): string {
  const nowSec = Date.now() / 1000;
  return text
    .replace(/\[processed in .*\]/g, '[processed in … sec]')
    .replace(/\w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}/g, (time) =>
      Math.abs(Date.parse(`${time} UTC`) / 1000 - nowSec) < 900 ? '(now)' : time,
    )
    .replace(/\b\d{10}\.\d+\b/g, (time) => (Math.abs(Number(time) - nowSec) < 900 ? '(now)' : time))
    .replace(
      /'users': \{([^{}]*)\}/g,
      (_, users: string) => `'users': {${users.split(', ').sort().join(', ')}}`,
    );
}

/** What HEAD would have printed. */
export function asHead(text: string): string {
  return HEAD_DIFFERENCES.reduce((changed, { change }) => change(changed), text);
}
