// SPDX-License-Identifier: ISC
//
// t/unit/test_certificates.cpp - keys and certificates for tests.

#include "test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <string_view>

#include "base/text.h"

namespace postern::test {

namespace {

template <auto function>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    function(object);
  }
};

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;

void must(bool holds) {
  if (!holds) std::abort();
}

std::string text_of(BIO* memory) {
  std::string text(BIO_ctrl_pending(memory), '\0');
  must(::BIO_read(memory, text.data(), static_cast<int>(text.size())) ==
       static_cast<int>(text.size()));
  return text;
}

EVP_PKEY* generate(EVP_PKEY_CTX* context) {
  EVP_PKEY* key = nullptr;
  must(::EVP_PKEY_keygen(context, &key) == 1);
  return key;
}

void add_name(X509* certificate, const std::string& host) {
  X509_NAME* name = ::X509_get_subject_name(certificate);
  const auto* octets = reinterpret_cast<const unsigned char*>(host.data());
  must(::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, octets,
                                    static_cast<int>(host.size()), -1, 0) == 1);
  must(::X509_set_issuer_name(certificate, name) == 1);
  const std::string value = cat("DNS:", host);
  const Extension extension{
      ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str())};
  must(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

void TestKey::Free::operator()(evp_pkey_st* key) const {
  ::EVP_PKEY_free(key);
}

TestKey TestKey::ec() {
  const KeyContext context{::EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr)};
  must(::EVP_PKEY_keygen_init(context.get()) == 1);
  must(::EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1);
  return TestKey{generate(context.get())};
}

TestKey TestKey::rsa() {
  const KeyContext context{::EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr)};
  must(::EVP_PKEY_keygen_init(context.get()) == 1);
  must(::EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1);
  return TestKey{generate(context.get())};
}

std::string TestKey::pem() const {
  const Memory memory{::BIO_new(::BIO_s_mem())};
  must(::PEM_write_bio_PrivateKey(memory.get(), get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(memory.get());
}

std::string TestKey::encrypted_pem(std::string pass_phrase) const {
  const Memory memory{::BIO_new(::BIO_s_mem())};
  auto* octets = reinterpret_cast<unsigned char*>(pass_phrase.data());
  must(::PEM_write_bio_PrivateKey(memory.get(), get(), ::EVP_aes_128_cbc(), octets,
                                  static_cast<int>(pass_phrase.size()), nullptr, nullptr) == 1);
  return text_of(memory.get());
}

std::string certificate_pem(const TestKey& key, const std::string& host, Validity validity) {
  const Certificate certificate{::X509_new()};
  must(::X509_set_version(certificate.get(), 2) == 1);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), validity.from.count());
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), validity.until.count());
  add_name(certificate.get(), host);
  must(::X509_set_pubkey(certificate.get(), key.get()) == 1);
  must(::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) > 0);
  const Memory memory{::BIO_new(::BIO_s_mem())};
  must(::PEM_write_bio_X509(memory.get(), certificate.get()) == 1);
  return text_of(memory.get());
}

}  // namespace postern::test
