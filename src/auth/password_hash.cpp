// SPDX-License-Identifier: ISC
//
// auth/password_hash.cpp - the hashes of crypt(5), computed by libxcrypt.

#include "auth/password_hash.h"

#include <crypt.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"

namespace postern::auth {

namespace {

struct Kind {
  std::string_view prefix;
  std::size_t digest;  // characters behind the last '$'
};

// bcrypt has no '$' between salt (22) and digest (31).
constexpr std::array kinds{
    Kind{"$y$", 43},   Kind{"$gy$", 43},  Kind{"$7$", 43}, Kind{"$2a$", 53}, Kind{"$2b$", 53},
    Kind{"$2x$", 53},  Kind{"$2y$", 53},  Kind{"$6$", 86}, Kind{"$5$", 43},  Kind{"$sha1$", 28},
    Kind{"$md5$", 22}, Kind{"$md5,", 22}, Kind{"$1$", 22}, Kind{"$3$", 32},
};

constexpr std::string_view advice = "make one with: mkpasswd -m yescrypt";

const Kind* kind_of(std::string_view hash) {
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&hash](const Kind& candidate) {
    return hash.starts_with(candidate.prefix);
  });
  return kind == kinds.end() ? nullptr : &*kind;
}

// crypt_checksalt looks at little more than the kind: a hash which lost its end would pass it
// and then match nothing.
bool is_whole(std::string_view hash, const Kind& kind) {
  const auto is_digit_64 = [](char c) { return is_alnum(c) || c == '.' || c == '/'; };
  const auto is_graphic = [](char c) { return c > ' ' && !is_control(c) && !is_eight_bit(c); };
  const std::string_view digest = hash.substr(hash.rfind('$') + 1);
  return hash.size() > kind.prefix.size() + digest.size() && digest.size() == kind.digest &&
         std::all_of(digest.begin(), digest.end(), is_digit_64) &&
         std::all_of(hash.begin(), hash.end(), is_graphic);
}

bool is_known_to_crypt(const std::string& hash) {
  const int verdict = ::crypt_checksalt(hash.c_str());
  return verdict == CRYPT_SALT_OK || verdict == CRYPT_SALT_METHOD_LEGACY ||
         verdict == CRYPT_SALT_TOO_CHEAP;
}

// How much of two strings is equal must not show in the time it takes to see that they differ.
bool are_equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(a[i]) ^ static_cast<unsigned>(b[i]);
  }
  return difference == 0;
}

// The 32 KiB that crypt(3) works in; nothing of the password is left there.
class Workspace {
 public:
  Workspace() : data_(std::make_unique<crypt_data>()) {}
  ~Workspace() { ::explicit_bzero(data_.get(), sizeof(crypt_data)); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // The hash, which lives as long as the workspace, or nullptr.
  const char* compute(const std::string& password, const std::string& setting) {
    // crypt(3) would hash what stands before the NUL.
    if (password.find('\0') != std::string::npos) return nullptr;
    return ::crypt_rn(password.c_str(), setting.c_str(), data_.get(),
                      static_cast<int>(sizeof(crypt_data)));
  }

 private:
  std::unique_ptr<crypt_data> data_;
};

}  // namespace

std::optional<std::string> fault_of_hash(std::string_view hash) {
  if (!hash.starts_with('$')) {
    return cat("that is no password hash, but plain text or DES; ", advice);
  }
  const Kind* kind = kind_of(hash);
  if (kind != nullptr && !is_whole(hash, *kind)) {
    return cat("that hash is damaged or cut short; ", advice);
  }
  if (kind == nullptr || !is_known_to_crypt(std::string(hash))) {
    return cat("this system's crypt(3) does not know that hash; ", advice);
  }
  return std::nullopt;
}

std::string_view cost_of_hash(std::string_view hash) {
  constexpr std::string_view scrypt = "$7$";
  constexpr std::size_t scrypt_cost = 11;  // N, r and p, with no '$' before the salt
  if (hash.starts_with(scrypt)) return hash.substr(0, scrypt.size() + scrypt_cost);
  const std::string_view without_digest = hash.substr(0, hash.rfind('$') + 1);
  if (hash.starts_with("$2")) return without_digest;
  const std::size_t salt_end = without_digest.find_last_not_of('$');
  return hash.substr(0, hash.rfind('$', salt_end) + 1);
}

std::optional<std::string> hash_password(const std::string& password, const std::string& setting) {
  Workspace workspace;
  const char* hash = workspace.compute(password, setting);
  if (hash == nullptr) return std::nullopt;
  return hash;
}

bool password_matches(const std::string& password, const std::string& hash) {
  Workspace workspace;
  const char* computed = workspace.compute(password, hash);
  return computed != nullptr && are_equal_in_constant_time(computed, hash);
}

}  // namespace postern::auth
