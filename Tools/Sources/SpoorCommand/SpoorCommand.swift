import ArgumentParser

@main
struct SpoorCommand: AsyncParsableCommand {}
