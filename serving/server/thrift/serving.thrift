/*
 * The service by Thrift: the binary protocol in frames (TFramedTransport, TBinaryProtocol).
 *
 * Requests are typed throughout. Of an answer, the objects of a list are one binary field, in msgpack or JSON as the
 * request asks. Which fields objects have depends on the plan and on the datasets of the day, so no struct could be
 * declared for them; and a tree of generic values takes a Python server twenty times as long to write as msgpack does,
 * and its caller as long to read. Every language that has Thrift has both a reader of msgpack and of JSON.
 */

namespace py serving_thrift
namespace java interestgraph.serving
namespace go serving

/* What a request gives for a parameter: exactly one of these, as the plan declares the parameter. */
union Value {
  1: string text,
  2: i64 number,
  3: double fraction,
  4: bool truth,
  5: list<string> texts,
  6: list<i64> numbers,
  7: list<double> fractions,
}

/* How the objects of an answer are written. */
enum Encoding {
  MSGPACK = 1,
  JSON = 2,
}

struct Request {
  1: optional string plan,                    // the name of a plan
  2: optional map<string, Value> parameters,
  3: optional i32 deadline_ms,                // how long the answer may take; as long as the plan says by default
  4: optional string id,                      // by which it is found in logs; made by default
  5: optional bool trace,                     // whether the answer tells what each step took
  6: optional string token,                   // where the service needs one
  7: optional Encoding encoding,              // MSGPACK by default
  8: optional string own_plan,                // in place of a name: a plan, in JSON
}

/* A list of objects of one type: an array of maps, from the names of fields to their values. */
struct ObjectList {
  1: required string name,
  2: required string type,                    // the dataset
  3: required binary objects,
  4: required i32 n_objects,
  5: required bool partial,                   // whether a step that it stands on is missing
}

/* A step that came to nothing: late, overloaded, failed, or not run as a step before it is missing. */
struct Missing {
  1: required string step,
  2: required string reason,
  3: required string problem,
}

struct StepTrace {
  1: required string step,
  2: required i64 began_us,
  3: required i64 took_us,
  4: required i32 n_objects,
  5: required bool is_slow,
}

struct Answer {
  1: required string id,
  2: required string plan,
  3: required map<string, string> versions,   // of every dataset that the plan reads: date/iteration
  4: required list<ObjectList> lists,
  5: required bool partial,
  6: required i64 took_us,
  7: optional list<Missing> missing,
  8: optional list<string> slow,              // steps that read a tier which is no store for serving
  9: optional list<StepTrace> steps,
}

/* What a request is told in place of an answer; the status is HTTP's. */
exception Refused {
  1: required i32 status,
  2: required string error,                   // its kind: PlanError, TooLateError, OverloadedError, ...
  3: required string message,
  4: required string id,
  5: optional i32 retry_after_ms,             // when to ask again, where it was refused for lack of room
}

service Serving {
  Answer ask(1: Request request) throws (1: Refused refused),
  string ready(),                             // "ready", or why not
}
