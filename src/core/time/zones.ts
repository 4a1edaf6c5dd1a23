/**
 * Time zones as log lines and `logtimezone` write them: `Z`, `+0130`, `CET`, `CEST-01` → minutes east of UTC.
 *
 * Zones are fixed offsets; an abbreviation says nothing about daylight saving. The sign is the ISO one, not POSIX's:
 * `UTC+02` is two hours east. Region names (`Europe/Berlin`) are not zones here.
 * Source: filter.md §2.3 and §10.
 */
import { DateError } from '../errors.js';

/** Minutes east of UTC → the abbreviations of that offset; letters are the military zones. */
const BY_OFFSET: Readonly<Record<string, string>> = {
  '-720': 'Y',
  '-660': 'NUT SST X',
  '-600': 'CKT HAST HST TAHT TKT W',
  '-570': 'MART MIT',
  '-540': 'AKST GAMT GIT HADT HNY V',
  '-480': 'AKDT CIST HAY HNP PST PT U',
  '-420': 'HAP HNR MST PDT T',
  '-360': 'CST EAST GALT HAR HNC MDT S',
  '-300': 'CDT COT EASST ECT EST ET HAC HNE PET R',
  '-270': 'HLV VET',
  '-240': 'AST BOT CLT COST EDT FKT GYT HAE HNA PYT Q',
  '-210': 'HNT NST NT',
  '-180': 'ADT ART BRT CLST FKST GFT HAA P PMST PYST SRT UYT WGT',
  '-150': 'HAT NDT',
  '-120': 'BRST FNT O PMDT UYST WGST',
  '-60': 'AZOT CVT EGT N',
  '0': 'EGST GMT UTC WET WT Z',
  '60': 'A CET DFT WAT WEDT WEST',
  '120': 'B CAT CEDT CEST EET SAST WAST',
  '180': 'C EAT EEDT EEST IDT MSK',
  '210': 'IRST',
  '240': 'AMT AZT D GET GST KUYT MSD MUT RET SAMT SCT',
  '270': 'AFT IRDT',
  '300': 'AMST AQTT AZST E HMT MAWT MVT PKT TFT TJT TMT UZT YEKT',
  '330': 'SLT',
  '345': 'NPT',
  '360': 'ALMT BIOT BTT F IOT KGT NOVT OMST YEKST',
  '390': 'CCT MMT',
  '420': 'CXT DAVT G HOVT ICT KRAT NOVST OMSST THA WIB',
  '480': 'ACT AWST BDT BNT CAST H HKT IRKT KRAST MYT PHT SGT ULAT WITA WST',
  '540': 'AWDT I IRKST JST KST PWT TLT WDT WIT YAKT',
  '570': 'ACST',
  '600': 'AEST ChST K PGT VLAT YAKST YAPT',
  '630': 'ACDT LHST',
  '660': 'AEDT L LHDT MAGT NCT PONT SBT VLAST VUT',
  '690': 'NFT',
  '720': 'ANAST ANAT FJT GILT M MAGST MHT NZST PETST PETT TVT WFT',
  '780': 'FJST NZDT',
};

/** Abbreviation → minutes east of UTC. */
export const zoneNames: ReadonlyMap<string, number> = new Map(
  Object.entries(BY_OFFSET).flatMap(([minutes, names]) =>
    names.split(' ').map((name): [string, number] => [name, Number(minutes)]),
  ),
);

/** Name, sign, hours, minutes: any but not none of it; upper case only. */
const ZONE = /^(?=.)([A-Z](?:[A-Z]{2,4})?)?(?:([+-])([01]\d)(?::?(\d\d))?)?$/;

/**
 * Minutes east of UTC; undefined when the text has not the form of a zone (`Europe/Berlin`, `cet`, `+1`).
 * @throws {DateError} for a well-formed abbreviation that is not in the table (`IST`).
 */
export function parseZone(text: string): number | undefined {
  const parts = ZONE.exec(text);
  if (!parts) return undefined;
  const [, name, sign, hours, minutes] = parts;
  const base = name === undefined ? 0 : zoneNames.get(name);
  if (base === undefined) throw unknownZone(text);
  const offset = sign === undefined ? 0 : Number(hours) * 60 + Number(minutes ?? 0);
  return sign === '-' ? base - offset : base + offset;
}

/**
 * The value of `logtimezone` or `--TZ`; empty means none is set.
 * @throws {DateError} when it is not a zone.
 */
export function parseLogTimeZone(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const minutes = parseZone(text);
  if (minutes === undefined) throw unknownZone(text);
  return minutes;
}

function unknownZone(text: string): DateError {
  return new DateError('time-zone', `Unknown or unsupported time zone: '${text}'`, {
    hint: 'Use an offset such as UTC+0100, or one of the abbreviations (CET, EST, PDT …); region names are not known.',
  });
}
