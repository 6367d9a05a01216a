extension ShuffleNetV2 {
  static let family = Family(
    "shufflenet_v2",
    about: About(
      "ShuffleNetV2",
      idea:
        "MACs do not predict speed: memory traffic, many small operators and grouped convolutions take "
        + "time as well. Measurements lead to four guidelines, and these to a unit that splits its channels "
        + "in two, passes one half through untouched, and convolves the other without changing its width. "
        + "Concatenating the halves and shuffling the channels lets them mix in the next unit.",
      change:
        "Over ShuffleNet: a channel split instead of grouped 1×1 convolutions, concatenation instead of "
        + "addition, and equal widths within a unit; faster at the same MACs.",
      remarks: [
        "The widths of the 0.5× to 2× networks are those of the paper's table 5; they are not multiples "
          + "of each other."
      ]),
    architectures: [ShuffleNetV2.self])
}
