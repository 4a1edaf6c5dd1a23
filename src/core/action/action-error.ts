/** An action that cannot be used: its file asks for what cannot be done. A command that fails is no error, but an outcome. */
import { F2bError } from '../errors.js';

export class ActionError extends F2bError {}
