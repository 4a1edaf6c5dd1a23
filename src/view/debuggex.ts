/**
 * Links to debuggex.com, a site that draws a regular expression and runs it on a text (`-D`).
 */

/** The link for an expression (in Python's syntax) and a text. Nothing is fetched. */
export function debuggexUrl(regex: string, text: string, multiline: boolean): string {
  const flags = multiline ? '&flags=m' : '';
  return `https://www.debuggex.com/?re=${quotePlus(regex)}&str=${quotePlus(text)}&flavor=python${flags}`;
}

/** Python's urllib.parse.quote_plus: everything but letters, digits and `_.-~` as %XX of its UTF-8, blanks as `+`. */
function quotePlus(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
