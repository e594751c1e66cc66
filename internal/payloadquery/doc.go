// Package payloadquery lets a consumer choose and rename the fields it wants of an event's data with a GraphQL
// selection, and no code:
//
//	{ inspection: id item { name } }
//
// makes {"inspection":"i1","item":{"name":"x"}} of {"id":"i1","item":{"name":"x","type":"y"},"result":"passed"}.
//
// # What a query is
//
// A query is one query operation with plain fields, their aliases and their selections. There is no GraphQL schema
// behind it: a field is a member of a JSON object, and __typename is one like any other. Fragments, variables and
// arguments are refused. A member whose name is no GraphQL name is read with the one directive that there is:
//
//	{ contentType @member(name: "content-type") }
//
// The alias, or without one the field, names the member that is written; the argument names the one that is read, and
// may be any text. An alias makes what the field is called meaningless then.
//
// Fields that write the same member are merged when they read the same one, as GraphQL does it, and refused when not.
// A member cannot be asked for whole and in parts under one name.
//
// # What it gives
//
// The members of the result are in the order of the query, and all of them are always there:
//   - A member that the data lacks is null. One that is null stays so, with or without a selection.
//   - A field without a selection gives the whole value, whatever it is. GraphQL would refuse that for an object. The
//     digits of its numbers, the order of its members and the escapes in its texts stay as they were; white space goes.
//   - A selection on an array applies to each item, also through arrays of arrays.
//   - A selection on a text, a number or a boolean gives null: where fields were asked for there is an object with
//     these fields or null, so a receiver never meets a type that it did not ask for. The same is true of the query
//     itself when the data is no object.
//   - Of two members of one object with the same name the last counts. A name may be written with escapes.
//
// # Checking
//
// [Query.Check] compares a query with the JSON Schema of the data. It is there to catch typing errors: few authors of
// schemas write additionalProperties, and so a field that is not listed is a problem as soon as some are. That is a
// judgement about the schema as it is written and not a proof; see [Query.Check] for the rules.
package payloadquery
