/// An operator with several algorithms whose speed is worth a measurement.
package protocol TunableOperator: Operator {
  /// Names of the algorithms that can serve a request, each of which ``RoutineRequest/algorithm`` takes; the
  /// one that is chosen without a measurement comes first.
  func algorithms(for request: RoutineRequest) -> [String]

  /// Everything that the speed of a request depends on, in one line of ASCII: operators and requests with
  /// the same text are the same problem.
  func problem(for request: RoutineRequest) -> String
}
