import Session
import Testing

/// From logits to classes.
@Suite struct PredictionTests {
  private func top(_ count: Int, _ logits: [Float]) -> [Int] {
    Prediction.top(count, of: logits, labels: .none).map(\.classIndex)
  }

  @Test func theBestComeFirstAndEqualsInOrder() {
    #expect(top(3, [0, 2, 1, 2]) == [1, 3, 2])
    #expect(top(9, [1, 1]) == [0, 1])
  }

  @Test func probabilitiesAreTheSoftmax() {
    let probabilities = Prediction.top(3, of: [0, 1, 2], labels: .none).map(\.probability)
    let expected: [Float] = [0.66524094, 0.24472848, 0.09003057]
    #expect(zip(probabilities, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(probabilities)")
    // Without taking the largest logit off first, these would overflow.
    #expect(Prediction.top(1, of: [1000, 999], labels: .none)[0].probability < 0.74)
  }
}
