/** The door of the catalogue: what commands, views and the pages of docs/ may use of it. */

export type { ActionExample } from './action-example.js';
export {
  type ActionDetails,
  type AnyDetails,
  Catalogue,
  type CatalogueOptions,
  type FilterDetails,
  type JailDetails,
  KINDS,
  type Kind,
  type Outline,
} from './catalogue.js';
export {
  type Complaint,
  type Header,
  type OptionText,
  type Remark,
  readHeader,
  type ValueText,
} from './header.js';
export type { OptionEntry } from './options.js';
export { type ProvedSample, provedSamples, type SampleBook, type SampleLine } from './samples.js';
