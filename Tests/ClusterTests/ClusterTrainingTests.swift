import Foundation
import Support
import TensorCore
import Testing

extension ClusterTests {
  /// Training on several processes: the curves of one process, and the same bits every time.
  @Suite struct Training {
    private let cluster: Cluster

    init() throws { cluster = try Cluster() }

    /// In float32 the order of additions differs, and 60 steps carry that on.
    private static let bound = 2e-4

    /// 15 images are divided unevenly.
    @Test(arguments: [(2, 16), (4, 16), (4, 15)])
    func trainsLikeOneProcess(processes: Int, batch: Int) throws {
      let more = "--batch-size \(batch)"
      #expect(try cluster.run(1, cluster.training("one", more)).status == 0)
      for output in ["many", "again"] {
        let run = try cluster.run(processes, cluster.training(output, more))
        #expect(run.status == 0, "\(run.errors)")
        #expect(
          run.output.split(separator: "\n").count == 1 && run.errors.contains("epoch 3/3:"), "\(run.errors)")
      }
      let difference = try #require(try cluster.difference("one", "many"))
      #expect(difference < Self.bound)
      #expect(cluster.weights("many") == cluster.weights("again") && cluster.weights("many") != nil)
    }

    /// What looks at more than one image, or at its place in the batch: partners to mix with, the norm of the gradient,
    /// averages of the weights, noise.
    @Test(arguments: [
      ("lenet5_modern", "--augment mixup=0.4,cutmix=1 --clip 0.5 --ema 0.9 --optimizer adamw --lr 0.002"),
      ("alexnet", "--set dropoutRate=0.5"),
    ])
    func mixesAndDropsAsOneProcess(network: String, more: String) throws {
      for (processes, output) in [(1, "one"), (2, "two")] {
        var line = cluster.training(output, more)
        if network == "alexnet" {
          line =
            "train alexnet --input-size 1x64x64 --data \(cluster.data) --output \(cluster.folder.path(output)) --epochs 1"
            + " --batch-size 40 --log-every 1 --threads 1 --lr 0.001"
        }
        let run = try cluster.run(processes, line)
        #expect(run.status == 0, "\(run.errors)")
      }
      let difference = try #require(try cluster.difference("one", "two"))
      #expect(difference < Self.bound)
    }

    /// Statistics over all images are those of one process; those of each process are others.
    ///
    /// The second loss depends on both passes of the first step. From there on, such a deep network on so few images magnifies
    /// rounding tenfold with each step.
    @Test func synchronizesBatchNorms() throws {
      func line(_ output: String, _ more: String = "") -> String {
        "train resnet20_cifar --input-size 1x12x12 --data \(cluster.data) --output \(cluster.folder.path(output)) "
          + "--epochs 1 --batch-size 40 --log-every 1 --threads 1 --lr 0.01 \(more)"
      }
      #expect(try cluster.run(1, line("one")).status == 0)
      for (output, more) in [("synchronized", "--sync-batch-norm"), ("local", "")] {
        let run = try cluster.run(2, line(output, more))
        #expect(run.status == 0, "\(run.errors)")
      }
      let (one, synchronized, local) = (
        try cluster.losses("one"), try cluster.losses("synchronized"), try cluster.losses("local")
      )
      #expect(abs(one[0] - synchronized[0]) < 1e-6 && abs(one[1] - synchronized[1]) < 2e-5)
      #expect(abs(one[0] - local[0]) > 1e-4 && abs(one[1] - local[1]) > 1e-4)
    }

    /// The samples of a step do not depend on the number of processes.
    ///
    /// A schedule would depend on the number of epochs.
    @Test func resumesWithAnotherNumberOfProcesses() throws {
      let constant = "--schedule constant"
      #expect(try cluster.run(1, cluster.training("one", constant)).status == 0)
      for (processes, epochs) in [(2, 1), (4, 2), (1, 3)] {
        let run = try cluster.run(
          processes,
          cluster.training("mixed", "--resume \(constant)").replacing(
            "--epochs 3", with: "--epochs \(epochs)")
        )
        #expect(run.status == 0, "\(run.errors)")
      }
      #expect(try #require(try cluster.difference("one", "mixed")) < Self.bound)
    }

    @Test func writesATraceOfTheFirstProcess() throws {
      let trace = cluster.folder.path("trace.json")
      let run = try cluster.run(2, cluster.training("run", "--trace \(trace)"))
      #expect(run.status == 0 && run.errors.contains("overlapped with the backward pass"), "\(run.errors)")
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: trace)))
      let events = try #require((object as? [String: Any])?["traceEvents"] as? [[String: Any]])
      let names = Set(events.compactMap { $0["name"] as? String })
      #expect(names.isSuperset(of: ["forward", "backward", "wait", "update", "sum", "conv1"]), "\(names)")
    }
  }
}
