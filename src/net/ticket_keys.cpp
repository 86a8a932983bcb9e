// SPDX-License-Identifier: ISC
//
// net/ticket_keys.cpp - the keys of TLS session tickets, in memory that several processes see.

#include "net/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace postern::net {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

TicketKeys::Clock::time_point time_of(TicketKeys::Clock::rep made) {
  return TicketKeys::Clock::time_point{TicketKeys::Clock::duration{made}};
}

}  // namespace

static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would not work between processes");

TicketKey::~TicketKey() {
  ::OPENSSL_cleanse(this, sizeof *this);
}

const SharedMemory::Layout TicketKeys::layout{
    .name = "postern-ticket-keys", .number = 1, .size = sizeof(Page)};

TicketKeys::TicketKeys(UniqueFd fd, Clock::time_point now)
    // With keys that are new, clients do whole handshakes again.
    : memory_(SharedMemory::adopt_or_create(std::move(fd), layout)),
      page_(static_cast<Page*>(memory_.get())) {
  refresh(now);
}

TicketKeys::Slot& TicketKeys::slot(std::size_t age) const {
  const std::size_t count = page_->slots.size();
  const std::size_t newest = page_->newest.load(std::memory_order_acquire) % count;
  return page_->slots[(newest + count - age) % count];
}

void TicketKeys::refresh(Clock::time_point now) {
  const Clock::rep made = slot(0).made.load(relaxed);
  if (made == 0 || now >= time_of(made) + period) return make_key(now);
  // What the key before the newest has made has expired.
  Slot& old = slot(1);
  if (old.made.load(relaxed) == 0 || now < time_of(made) + lifetime) return;
  erase(old);
}

void TicketKeys::erase(Slot& slot) {
  slot.made.store(0, relaxed);
  for (auto& word : slot.words) word.store(0, relaxed);
}

TicketKeys::Clock::time_point TicketKeys::next() const {
  const auto made = time_of(slot(0).made.load(relaxed));
  return made + (slot(1).made.load(relaxed) == 0 ? period : lifetime);
}

// Where nobody reads, and behind the newest, which becomes the one before it.
void TicketKeys::make_key(Clock::time_point now) {
  erase(slot(1));
  const std::size_t index = (page_->newest.load(relaxed) + 1) % page_->slots.size();
  Slot& fresh = page_->slots[index];
  for (auto& word : fresh.words) {
    std::uint64_t random = 0;
    if (::RAND_priv_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) != 1) {
      log::write(log::Level::alert, "start_failed", {{"reason", "no randomness for TLS tickets"}});
      std::abort();
    }
    word.store(random, relaxed);
    ::OPENSSL_cleanse(&random, sizeof random);
  }
  fresh.made.store(now.time_since_epoch().count(), relaxed);
  page_->newest.store(static_cast<std::uint32_t>(index), std::memory_order_release);
}

TicketKey TicketKeys::copy(const Slot& slot) {
  TicketKey key{};
  static_assert(sizeof key == sizeof(Slot::words));
  auto* octets = reinterpret_cast<std::uint8_t*>(&key);
  for (const auto& word : slot.words) {
    const std::uint64_t value = word.load(relaxed);
    std::memcpy(octets, &value, sizeof value);
    octets += sizeof value;
  }
  return key;
}

TicketKey TicketKeys::newest() const {
  return copy(slot(0));
}

std::optional<TicketKey> TicketKeys::find(const Name& name) const {
  for (std::size_t age = 0; age <= 1; ++age) {
    const Slot& candidate = slot(age);
    if (candidate.made.load(relaxed) == 0) continue;
    TicketKey key = copy(candidate);
    if (key.name == name) return key;
  }
  return std::nullopt;
}

}  // namespace postern::net
