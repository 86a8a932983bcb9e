// SPDX-License-Identifier: ISC
//
// t/unit/test_certificates.h - keys and certificates for tests, made when they are needed.

#pragma once

#include <chrono>
#include <memory>
#include <string>

struct evp_pkey_st;

namespace postern::test {

// A private key.
class TestKey {
 public:
  static TestKey ec();   // P-256
  static TestKey rsa();  // 2048 bits; takes a moment

  std::string pem() const;
  std::string encrypted_pem(std::string pass_phrase) const;

  evp_pkey_st* get() const { return key_.get(); }

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };

  explicit TestKey(evp_pkey_st* key) : key_(key) {}

  std::unique_ptr<evp_pkey_st, Free> key_;
};

// From and until when a certificate is valid, counted from now.
struct Validity {
  std::chrono::seconds from{-3600};
  std::chrono::seconds until{3600};
};

// A self-signed certificate of host for key, as PEM.
std::string certificate_pem(const TestKey& key, const std::string& host, Validity validity = {});

}  // namespace postern::test
