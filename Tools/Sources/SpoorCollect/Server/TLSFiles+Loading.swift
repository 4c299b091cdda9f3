// SPDX-License-Identifier: Apache-2.0

import NIOSSL

extension CollectorConfiguration.TLSFiles {
  /// Reads the files.
  /// - Throws: ``ListeningError`` that names the file that cannot be used.
  func configuration() throws(ListeningError) -> TLSConfiguration {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    do {
      chain = try NIOSSLCertificate.fromPEMFile(certificate)
    } catch {
      throw ListeningError("--tls-certificate must be a file of certificates in PEM, but is \(certificate) (\(error))")
    }
    do {
      key = try NIOSSLPrivateKey(file: self.key, format: .pem)
    } catch {
      throw ListeningError("--tls-key must be a file with a private key in PEM, but is \(self.key) (\(error))")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    do {
      _ = try NIOSSLContext(configuration: configuration)
    } catch {
      throw ListeningError("--tls-key must be the key of --tls-certificate, but is not (\(error))")
    }
    return configuration
  }
}
