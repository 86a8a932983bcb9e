// SPDX-License-Identifier: ISC
//
// adsp/name_service.cpp - our names on the network, and looking for those of others.

#include "adsp/name_service.h"

#include <algorithm>

#include "adsp/mac_roman.h"
#include "base/text.h"

namespace postern::adsp {

namespace {

constexpr auto try_again_after = std::chrono::minutes{1};

bool is_same(const NbpName& a, const NbpName& b) {
  return mac_roman_iequals(a.object, b.object) && mac_roman_iequals(a.type, b.type);
}

bool is_here(const Address& address, const Place& place) {
  return address.node == place.node && nets_match(address.net, place.net);
}

}  // namespace

NameService::NameService(std::string zone, Random random, Send send, Report report)
    : zone_(std::move(zone)),
      random_(std::move(random)),
      send_(std::move(send)),
      report_(std::move(report)),
      last_query_id_(static_cast<std::uint8_t>(random_() & 0xffU)) {}

Result<void> NameService::add(const NbpName& name, std::uint8_t socket) {
  if (!is_plain(name)) {
    return fail(Errc::syntax, cat("nothing can be called ", name.to_string()));
  }
  const bool is_there = std::any_of(names_.begin(), names_.end(), [&](const Registration& known) {
    return is_same(known.tuple.name, name);
  });
  if (is_there) return {};
  if (names_.size() == most_names)
    return fail(Errc::limit, cat("more than ", most_names, " names"));
  ++last_enumerator_;
  Registration registration;
  registration.tuple = {{0, 0, socket}, last_enumerator_, {name.object, name.type, "*"}};
  names_.push_back(std::move(registration));
  return {};
}

void NameService::remove(const NbpName& name) {
  std::erase_if(names_, [&](const Registration& known) { return is_same(known.tuple.name, name); });
}

Result<std::uint64_t> NameService::lookup(const NbpName& pattern, const Place& place, Time now) {
  if (lookups_.size() == most_lookups) {
    return fail(Errc::limit, cat(most_lookups, " lookups are under way"));
  }
  lookups_.push_back({++last_lookup_id_, NbpQuery(pattern, next_query_id(), now)});
  NbpQuery& query = lookups_.back().query;
  // Our own frames do not come back to us, so nobody else will tell.
  NbpPacket own;
  for (const Registration& registration : names_) {
    if (registration.state == State::registered) own.tuples.push_back(placed(registration, place));
  }
  query.answer(own);
  ask(query, place, now);
  return last_lookup_id_;
}

void NameService::input(const DdpDatagram& datagram, const Place& place, DropTally& drops,
                        Time now) {
  const auto packet = parse_nbp_packet(datagram.octets);
  if (!packet) return drops.count(packet.error());
  switch (packet->function) {
    case NbpFunction::lookup_reply: return take_reply(*packet, place, drops, now);
    case NbpFunction::forward_request: return drops.count(Drop::nbp_not_for_us);
    case NbpFunction::lookup:
    case NbpFunction::broadcast_request: return answer(*packet, place, drops, now);
  }
}

// The answer goes to the address in the question: who sent that may be a router.
void NameService::answer(const NbpPacket& question, const Place& place, DropTally& drops,
                         Time now) {
  const NbpTuple& asked = question.tuples[0];
  if (is_here(asked.address, place)) return;  // our own, which a router has sent round
  if (asked.address.node == 0 || asked.address.node == broadcast_node) {
    return drops.count(Drop::nbp_malformed);
  }
  const std::vector<NbpPacket> replies = replies_to(question, place);
  if (replies.empty() && unanswered_.note(asked.name, asked.address.net, asked.address.node, now)) {
    report_(LookupUnanswered{asked.name, asked.address.net, asked.address.node});
  }
  for (const NbpPacket& reply : replies) {
    if (!answers_.take(now)) return drops.count(Drop::too_many);
    send_(asked.address, ddp_socket::names, reply);
  }
}

std::vector<NbpPacket> NameService::replies_to(const NbpPacket& question,
                                               const Place& place) const {
  const NbpName& asked = question.tuples[0].name;
  std::vector<NbpPacket> replies;
  const bool is_our_zone =
      zone_ == "*" || asked.zone == "*" || mac_roman_iequals(zone_, asked.zone);
  if (!is_our_zone) return replies;
  std::size_t octets = DdpDatagram::most_octets;  // of the last reply; full, there is none
  for (const Registration& registration : names_) {
    if (registration.state != State::registered) continue;
    if (!matches(asked, registration.tuple.name)) continue;
    NbpTuple tuple = placed(registration, place);
    if (octets + size_of(tuple) > DdpDatagram::most_octets ||
        replies.back().tuples.size() == NbpPacket::most_tuples) {
      replies.push_back({NbpFunction::lookup_reply, question.id, {}});
      octets = nbp_header;
    }
    octets += size_of(tuple);
    replies.back().tuples.push_back(std::move(tuple));
  }
  return replies;
}

void NameService::take_reply(const NbpPacket& packet, const Place& place, DropTally& drops,
                             Time now) {
  for (Lookup& lookup : lookups_) {
    if (lookup.query.id() == packet.id) return lookup.query.answer(packet);
  }
  for (Registration& registration : names_) {
    if (!registration.query || registration.query->id() != packet.id) continue;
    registration.query->answer(packet);
    for (const NbpTuple& found : registration.query->found()) {
      if (is_here(found.address, place)) continue;
      return yield(registration, Address(found.address), now);
    }
    return;
  }
  drops.count(Drop::nbp_not_for_us);
}

void NameService::yield(Registration& registration, const Address& holder, Time now) {
  const bool is_news = registration.holder != holder;
  registration.query.reset();
  registration.state = State::taken;
  registration.holder = holder;
  registration.again = now + try_again_after;
  if (is_news) report_(NameTaken{registration.tuple.name, holder});
}

void NameService::tick(const Place& place, Time now) {
  for (Registration& registration : names_) step(registration, place, now);
  for (Lookup& lookup : lookups_) ask(lookup.query, place, now);
  std::erase_if(lookups_, [&](Lookup& lookup) {
    if (!lookup.query.is_over(now)) return false;
    report_(LookupDone{lookup.id, lookup.query.found()});
    return true;
  });
}

void NameService::step(Registration& registration, const Place& place, Time now) {
  if (registration.state == State::taken && now >= registration.again) {
    registration.state = State::waiting;
  }
  if (registration.state == State::waiting) {
    registration.query.emplace(registration.tuple.name, next_query_id(), now);
    registration.state = State::asking;
  }
  if (registration.state != State::asking) return;
  if (registration.query->is_over(now)) {
    registration.query.reset();
    registration.state = State::registered;
    registration.holder = {};
    return report_(NameRegistered{registration.tuple.name});
  }
  ask(*registration.query, place, now);
}

void NameService::ask(NbpQuery& query, const Place& place, Time now) {
  const auto packet = query.take_due(place, now);
  if (!packet) return;
  const std::uint8_t node = place.router.value_or(broadcast_node);
  send_({0, node, ddp_socket::names}, NbpQuery::reply_socket, *packet);
}

std::optional<Time> NameService::deadline() const {
  std::optional<Time> first;
  const auto consider = [&](Time time) { first = first ? std::min(*first, time) : time; };
  for (const Registration& registration : names_) {
    switch (registration.state) {
      case State::waiting: consider(Time::min()); break;
      case State::asking: consider(registration.query->next()); break;
      case State::taken: consider(registration.again); break;
      case State::registered: break;
    }
  }
  for (const Lookup& lookup : lookups_) consider(lookup.query.next());
  return first;
}

NbpTuple NameService::placed(const Registration& registration, const Place& place) const {
  NbpTuple tuple = registration.tuple;
  tuple.address.net = place.net;
  tuple.address.node = place.node;
  return tuple;
}

bool NameService::is_free(std::uint8_t query_id) const {
  return std::none_of(names_.begin(), names_.end(),
                      [&](const Registration& registration) {
                        return registration.query && registration.query->id() == query_id;
                      }) &&
         std::none_of(lookups_.begin(), lookups_.end(),
                      [&](const Lookup& lookup) { return lookup.query.id() == query_id; });
}

std::uint8_t NameService::next_query_id() {
  do {
    ++last_query_id_;
  } while (!is_free(last_query_id_));
  return last_query_id_;
}

}  // namespace postern::adsp
