import ArgumentParser
import AsyncHTTPClient
import GRDB
import Hummingbird
import Spoor
import SpoorModel

@main
struct OrderFlow: AsyncParsableCommand {
}
