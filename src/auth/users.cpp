// SPDX-License-Identifier: ISC
//
// auth/users.cpp - the file of names and password hashes.

#include "auth/users.h"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "auth/password_hash.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/text_file.h"

namespace postern::auth {

namespace {

constexpr std::size_t max_octets = std::size_t{64} * 1024 * 1024;  // half a million users

using Hashes = std::map<std::string, std::string, std::less<>>;

// What a file says, before it is known to be free of faults.
struct Listing {
  Listing() = default;
  Listing(Listing&&) = default;
  Listing& operator=(Listing&&) = delete;
  ~Listing() {
    for (auto& [name, hash] : hashes) wipe(hash);
  }

  Hashes hashes;                                  // of users who are not locked
  std::map<std::string_view, std::size_t> lines;  // where each name stands
  std::vector<Error> faults;
};

struct Entry {
  std::string_view name;
  std::string_view hash;
};

bool is_comment_or_empty(std::string_view line) {
  const std::string_view content = trim(line);
  return content.empty() || content.starts_with('#');
}

bool is_locked(std::string_view hash) {
  return hash.starts_with('!') || hash.starts_with('*');
}

bool is_valid_name(std::string_view name) {
  return trim(name) == name && is_utf8(name) && std::none_of(name.begin(), name.end(), is_control);
}

// No fault shows the line itself: a password may stand in any part of it.
Result<Entry> parse_entry(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::syntax, "no colon; a line is name:hash");
  }
  const std::string_view rest = line.substr(colon + 1);
  const Entry entry{line.substr(0, colon), rest.substr(0, rest.find(':'))};
  if (entry.name.empty()) return fail(Errc::syntax, "no name before the colon");
  if (!is_valid_name(entry.name)) {
    return fail(Errc::syntax,
                "a name is UTF-8 text without control characters, and without spaces around it");
  }
  if (entry.hash.empty()) {
    return fail(Errc::syntax, "no password hash behind the name; to lock a user, write * there");
  }
  if (is_locked(entry.hash)) return entry;
  if (const auto fault = fault_of_hash(entry.hash)) return fail(Errc::syntax, *fault);
  return entry;
}

std::string_view most_common_cost(const Hashes& hashes) {
  std::map<std::string_view, std::size_t> counts;
  for (const auto& [name, hash] : hashes) ++counts[cost_of_hash(hash)];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first;
}

// A user whose hash takes as long as those of most; there must be users.
Hashes::const_iterator typical_user(const Hashes& hashes) {
  const std::string_view cost = most_common_cost(hashes);
  return std::find_if(hashes.begin(), hashes.end(),
                      [&cost](const auto& user) { return cost_of_hash(user.second) == cost; });
}

// What mkpasswd would use: the kind and cost that this system prefers.  Empty if it fails.
std::string default_setting() {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made =
      ::crypt_gensalt_rn(nullptr, 0, nullptr, 0, setting.data(), static_cast<int>(setting.size()));
  return made == nullptr ? std::string() : std::string(made);
}

// The password is forgotten here, so that nobody has it.
std::optional<std::string> hash_of_random_password(const std::string& setting) {
  return hash_password(cat(random_number(), random_number(), random_number()), setting);
}

Result<std::string> make_decoy(const Listing& listing, std::string_view place) {
  if (listing.hashes.empty()) {
    const auto decoy = hash_of_random_password(default_setting());
    if (!decoy) return fail(Errc::permanent, "this system's crypt(3) makes no hashes");
    return *decoy;
  }
  const auto user = typical_user(listing.hashes);
  const auto decoy = hash_of_random_password(user->second);
  if (!decoy) {
    return fail(Errc::syntax, cat(place, listing.lines.at(user->first),
                                  ": this system's crypt(3) cannot compute that hash; "
                                  "make one with: mkpasswd -m yescrypt"));
  }
  return *decoy;
}

// Some editors on Windows put a byte order mark first; it is not part of a name.
std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

Listing read_lines(std::string_view text, std::string_view place) {
  Listing listing;
  std::size_t number = 0;
  const auto add_fault = [&](std::string_view what) {
    listing.faults.push_back(Error{Errc::syntax, cat(place, number, ": ", what)});
  };
  for (const std::string_view line : split_lines(without_byte_order_mark(text))) {
    ++number;
    if (is_comment_or_empty(line)) continue;
    const auto entry = parse_entry(line);
    if (!entry) {
      add_fault(entry.error().what);
      continue;
    }
    const auto [first, is_new] = listing.lines.emplace(entry->name, number);
    if (!is_new) add_fault(cat("the name of line ", first->second, " again"));
    if (!is_locked(entry->hash)) listing.hashes.emplace(entry->name, entry->hash);
  }
  return listing;
}

}  // namespace

Users::Parsed Users::parse(std::string_view text) {
  return parse_at("line ", text);
}

Users::Parsed Users::load(const std::string& path) {
  auto text = read_text_file(path, max_octets);
  if (!text) {
    Error fault = text.error();
    fault.what = cat(path, " ", fault.what);
    return tl::unexpected(std::vector{std::move(fault)});
  }
  auto parsed = parse_at(cat(path, ":"), *text);
  wipe(*text);
  return parsed;
}

Users::Parsed Users::parse_at(std::string_view place, std::string_view text) {
  Listing listing = read_lines(text, place);
  if (!listing.faults.empty()) return tl::unexpected(std::move(listing.faults));
  auto decoy = make_decoy(listing, place);
  if (!decoy) return tl::unexpected(std::vector{decoy.error()});
  Users users;
  users.hashes_ = std::move(listing.hashes);
  users.decoy_ = std::move(*decoy);
  return users;
}

Users& Users::operator=(Users&& other) noexcept {
  hashes_.swap(other.hashes_);  // the other's destructor wipes what was here
  decoy_.swap(other.decoy_);
  return *this;
}

void Users::forget() {
  for (auto& [name, hash] : hashes_) wipe(hash);
  wipe(decoy_);
  hashes_.clear();
}

const std::string* Users::find(std::string_view name) const {
  const auto user = hashes_.find(name);
  return user == hashes_.end() ? nullptr : &user->second;
}

}  // namespace postern::auth
