// SPDX-License-Identifier: ISC
//
// net/tickets.cpp - how OpenSSL comes to the keys of session tickets.
//
// Tickets are built as RFC 5077 4 recommends, but with AES-256.

#include "net/tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <optional>

#include "net/ticket_keys.h"

namespace postern::net {

namespace {

// What OpenSSL wants to hear.
constexpr int failed = -1;
constexpr int no_such_key = 0;  // a whole handshake follows
constexpr int done = 1;
constexpr int done_but_renew = 2;

bool use_mac(EVP_MAC_CTX* mac, TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      ::OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac_key.data(),
                                          key.mac_key.size()),
      ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      ::OSSL_PARAM_construct_end(),
  };
  return ::EVP_MAC_CTX_set_params(mac, params) == 1;
}

int seal(const TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) {
  TicketKey key = keys.newest();
  std::copy(key.name.begin(), key.name.end(), name);
  const EVP_CIPHER* type = ::EVP_aes_256_cbc();
  const bool is_ready =
      ::RAND_bytes(iv, ::EVP_CIPHER_get_iv_length(type)) == 1 &&
      ::EVP_EncryptInit_ex2(cipher, type, key.cipher_key.data(), iv, nullptr) == 1 &&
      use_mac(mac, key);
  return is_ready ? done : failed;
}

int open(const TicketKeys& keys, const unsigned char* name, const unsigned char* iv,
         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  TicketKeys::Name wanted{};
  std::copy_n(name, wanted.size(), wanted.begin());
  std::optional<TicketKey> key = keys.find(wanted);
  if (!key) return no_such_key;
  const bool is_ready = ::EVP_DecryptInit_ex2(cipher, ::EVP_aes_256_cbc(), key->cipher_key.data(),
                                              iv, nullptr) == 1 &&
                        use_mac(mac, *key);
  // A client uses a ticket once (RFC 8446 C.4), so it gets another one for the next time.
  return is_ready ? done_but_renew : failed;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int is_new) noexcept {
  const auto* keys = static_cast<const TicketKeys*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(ssl)));
  return is_new != 0 ? seal(*keys, name, iv, cipher, mac) : open(*keys, name, iv, cipher, mac);
}

}  // namespace

void use_ticket_keys(ssl_ctx_st* context, const TicketKeys& keys) {
  // OpenSSL's word for what the context belongs to has no const.
  SSL_CTX_set_app_data(context, const_cast<TicketKeys*>(&keys));
  ::SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

}  // namespace postern::net
