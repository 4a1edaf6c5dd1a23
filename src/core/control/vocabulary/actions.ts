/** Vocabulary: the actions of a jail and their properties. */
import {
  ACTION_METHODS,
  actionPlanOf,
  propertyNames,
  readProperty,
  setProperty,
  withAction,
  withActionProperty,
  withoutAction,
} from '../action-properties.js';
import { CommandError, NoServerError } from '../command-error.js';
import { argument, type JailEntry } from '../entry.js';

const WRITE_IT_DOWN =
  'Change the jail’s action in jail.local; the next f2b scan, or a reload, takes it over.';

export const ACTION_ENTRIES: readonly JailEntry[] = [
  {
    scope: 'set-jail',
    name: 'addaction',
    syntax: '<ACT> [<PYTHONFILE> <JSONKWARGS>]',
    help: 'adds an action',
    group: 'jail-configuration',
    writes: true,
    run(desk, jail, args) {
      const name = argument(args, 0);
      if (!desk.server) throw new NoServerError(`set ${jail.name} addaction ${name}`, WRITE_IT_DOWN);
      desk.adopt(jail, withAction(desk.planOf(jail), name, { plugin: args[1], options: args[2] }));
      return name;
    },
  },
  {
    scope: 'set-jail',
    name: 'delaction',
    syntax: '<ACT>',
    help: 'takes an action away',
    group: 'jail-configuration',
    writes: true,
    run(desk, jail, args) {
      const { name } = actionPlanOf(desk.planOf(jail), argument(args, 0));
      if (!desk.server) throw new NoServerError(`set ${jail.name} delaction ${name}`, WRITE_IT_DOWN);
      desk.adopt(jail, withoutAction(desk.planOf(jail), name));
      return null;
    },
  },
  {
    scope: 'set-jail',
    name: 'action',
    syntax: '<ACT> <PROPERTY> <VALUE>',
    help: 'sets a command or a property of an action',
    group: 'jail-configuration',
    writes: true,
    run(desk, jail, args) {
      const action = argument(args, 0);
      const property = argument(args, 1);
      const plan = desk.planOf(jail);
      actionPlanOf(plan, action);
      if (ACTION_METHODS.includes(property)) {
        const what = `set ${jail.name} action ${action} ${property}`;
        const hint = `Ban and unban with f2b set ${jail.name} banip and unbanip, which run the actions.`;
        if (!desk.server) throw new NoServerError(what, hint);
        throw new CommandError(`${what}: an action does its work for bans only`, {}, { hint });
      }
      const change = { action, property, value: argument(args, 2) };
      const next = withActionProperty(plan, change);
      desk.adopt(jail, next);
      setProperty(jail, change);
      desk.save(jail.name, `action/${action}/${property}`, change.value);
      return readProperty(actionPlanOf(next, action), property);
    },
  },
  {
    scope: 'get-jail',
    name: 'actions',
    syntax: '',
    help: 'gets the names of the actions',
    group: 'jail-information',
    show: 'actions',
    writes: false,
    run: (desk, jail) => desk.planOf(jail).actions.map(({ name }) => name),
  },
  {
    scope: 'get-jail',
    name: 'action',
    syntax: '<ACT> <PROPERTY>',
    help: 'gets a command or a property of an action',
    group: 'jail-information',
    writes: false,
    run: (desk, jail, args) => {
      const property = argument(args, 1);
      return readProperty(actionPlanOf(desk.planOf(jail), argument(args, 0)), property);
    },
  },
  {
    scope: 'get-jail',
    name: 'actionproperties',
    syntax: '<ACT>',
    help: 'gets the names of the properties of an action',
    group: 'jail-information',
    show: 'action-properties',
    writes: false,
    run: (desk, jail, args) => propertyNames(actionPlanOf(desk.planOf(jail), argument(args, 0))),
  },
  {
    scope: 'get-jail',
    name: 'actionmethods',
    syntax: '<ACT>',
    help: 'gets the names of the methods of an action',
    group: 'jail-information',
    show: 'action-methods',
    writes: false,
    run(desk, jail, args) {
      actionPlanOf(desk.planOf(jail), argument(args, 0));
      return ACTION_METHODS;
    },
  },
];
