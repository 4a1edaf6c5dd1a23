/**
 * Control stage: which network, country and registry the banned addresses belong to, by Team Cymru's DNS lists.
 *
 * Source: `status J cymru`. Where look-ups of this kind are not possible each list is the word `error`, as in fail2ban
 * without its DNS library.
 */
import { parseAddress } from '../net/address.js';
import type { Resolver } from '../net/dns.js';
import type { BanId } from '../records.js';

export interface AsnLists {
  readonly asns: readonly string[];
  readonly countries: readonly string[];
  readonly registries: readonly string[];
}

const ZONES = { inet4: 'origin.asn.cymru.com', inet6: 'origin6.asn.cymru.com' };
const IMPOSSIBLE: AsnLists = { asns: ['error'], countries: ['error'], registries: ['error'] };

/** Sorted as text, each once. */
export async function asnOf(bans: readonly BanId[], resolver: Resolver): Promise<AsnLists> {
  const { texts } = resolver;
  if (!texts) return IMPOSSIBLE;
  const names = bans.flatMap(({ id }) => {
    const address = parseAddress(id);
    return address?.isSingle ? [`${address.reverseLabels}${ZONES[address.family]}`] : [];
  });
  let answers: (readonly string[])[];
  try {
    answers = await Promise.all(names.map((name) => texts.call(resolver, name)));
  } catch {
    return IMPOSSIBLE;
  }
  // `23028 | 216.90.108.0/24 | US | arin | 1998-09-25`
  const rows = answers.flat().map((text) => text.split('|').map((part) => part.trim()));
  const column = (index: number) => [...new Set(rows.map((row) => row[index] ?? ''))].filter(Boolean).sort();
  return { asns: column(0), countries: column(2), registries: column(3) };
}
