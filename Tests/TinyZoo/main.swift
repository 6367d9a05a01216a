import Commands
import TinyNet
import Zoo

// The program with a zoo of one family that no source file knows.
Program.main(Registry([TinyNet.family]))
