# SPDX-License-Identifier: GPL-3.0-or-later
"""schema.py SCHEMA EVENTS: each line of EVENTS is as SCHEMA says.

As much of JSON Schema as man/ftps.schema.json uses; and a key that it does not
have is wrong here, though programs that read events have to take it.
"""
import datetime
import json
import re
import sys

TYPES = {'string': str, 'boolean': bool, 'integer': int,
         'number': (int, float), 'object': dict}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and (
        name == 'boolean' or not isinstance(value, bool))


def wrong(value, schema):
    """What is wrong with a value, or None."""
    if 'const' in schema and value != schema['const']:
        return 'not %r' % schema['const']
    if 'enum' in schema and value not in schema['enum']:
        return 'none of %r' % schema['enum']
    if 'type' in schema and not is_type(value, schema['type']):
        return 'no ' + schema['type']
    if not schema.get('minimum', value) <= value <= schema.get(
            'maximum', value):
        return 'out of range'
    if 'pattern' in schema and not re.search(schema['pattern'], value):
        return 'does not match ' + schema['pattern']
    if schema.get('format') == 'date-time':
        try:
            datetime.datetime.strptime(value, '%Y-%m-%dT%H:%M:%S.%fZ')
        except ValueError:
            return 'no time'
    return None


def wrong_event(event, schema):
    for kind in schema['oneOf']:
        if kind['properties']['event']['const'] == event.get('event'):
            break
    else:
        return 'no such event'
    for key in kind['required']:
        if key not in event:
            return 'without ' + key
    for key, value in event.items():
        if key not in kind['properties']:
            return 'with ' + key
        why = wrong(value, kind['properties'][key])
        if why:
            return '%s: %s' % (key, why)
    return None


def main():
    with open(sys.argv[1]) as f:
        schema = json.load(f)
    with open(sys.argv[2]) as events:
        for line in events:
            why = wrong_event(json.loads(line), schema)
            if why:
                sys.exit('not by the schema, %s: %s' % (why, line))


if __name__ == '__main__':
    main()
