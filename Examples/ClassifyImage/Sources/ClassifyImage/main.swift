import CNNZoo

let arguments = CommandLine.arguments  // IMAGE [NETWORK [WEIGHTS]]
let image = arguments.count > 1 ? arguments[1] : "../../Models/Samples/t-shirt.png"
let network = arguments.count > 2 ? arguments[2] : "lenet5"

let classifier = try Classifier(network, weights: arguments.count > 3 ? .file(arguments[3]) : .installed)
for prediction in try classifier.classify(imageAt: image, top: 5) {
  print(prediction.probability, prediction.label)
}
