// SPDX-License-Identifier: ISC
//
// adsp/node.cpp - a station on a LocalTalk network that is carried by UDP.

#include "adsp/node.h"

#include <algorithm>
#include <utility>

namespace postern::adsp {

namespace {

constexpr std::size_t most_events = 512;
constexpr unsigned most_router_requests = 3;
constexpr auto router_request_interval = std::chrono::seconds{1};
constexpr auto contested_interval = std::chrono::minutes{1};
constexpr char echo_request = 1;
constexpr char echo_reply = 2;

void sooner(std::optional<Time>& first, std::optional<Time> time) {
  if (time) first = first ? std::min(*first, *time) : time;
}

}  // namespace

Node::Node(const Options& options, const Random& random, Output output)
    : output_(std::move(output)),
      sender_(random()),
      acquisition_(options.hint, random),
      names_(
          options.zone, random,
          [this](const Address& to, std::uint8_t from, const NbpPacket& packet) {
            send(to, from, ddp_type::nbp, format(packet), now_);
          },
          [this](NodeEvent event) { report(std::move(event)); }) {}

void Node::start(Time now) {
  acquisition_.start(now);
  acquire(now);
}

void Node::input(std::string_view datagram, Time now) {
  now_ = now;
  const auto frame = parse_llap_frame(datagram);
  if (frame && frame->sender == sender_) return;  // the group has us hear ourselves
  ++tally_.frames_in;
  if (!frame) return tally_.drops.count(frame.error());
  switch (frame->type) {
    case LlapType::enquiry:
    case LlapType::acknowledgement: return hear_control(*frame, now);
    case LlapType::ddp_short:
    case LlapType::ddp_long: return hear_datagram(*frame, now);
    case LlapType::request_to_send:
    case LlapType::clear_to_send: return;
  }
}

void Node::hear_control(const LlapFrame& frame, Time now) {
  const auto node = acquisition_.node();
  if (node) {
    const bool has_ours = frame.type == LlapType::acknowledgement && frame.source == *node;
    if (has_ours) return hear_double(frame, now);
    const bool asks_for_ours = frame.type == LlapType::enquiry && frame.destination == *node;
    if (!asks_for_ours) return;
    if (!acknowledgements_.take(now)) return tally_.drops.count(Drop::too_many);
    return send_frame(*node, *node, LlapType::acknowledgement, {});
  }
  hear_objection(frame, now);
}

void Node::hear_objection(const LlapFrame& frame, Time now) {
  const std::uint8_t candidate = acquisition_.candidate();
  switch (acquisition_.hear(frame, now)) {
    case AddressAcquisition::Objection::none: return;
    case AddressAcquisition::Objection::number_taken: return report(AddressTaken{candidate});
    case AddressAcquisition::Objection::all_taken: return report(NoAddressFree{});
  }
}

// Another station that has our number, since it could not hear us when it asked.
void Node::hear_double(const LlapFrame& frame, Time now) {
  if (contested_ && now - *contested_ < contested_interval) return;
  contested_ = now;
  report(AddressContested{frame.sender});
}

void Node::hear_datagram(const LlapFrame& frame, Time now) {
  const auto here = place();
  if (!here) {
    hear_objection(frame, now);
    return tally_.drops.count(Drop::no_address_yet);
  }
  if (frame.source == here->node) hear_double(frame, now);
  if (frame.destination != here->node && frame.destination != broadcast_node) {
    return tally_.drops.count(Drop::frame_not_for_us);
  }
  const bool is_long = frame.type == LlapType::ddp_long;
  auto datagram = is_long ? parse_long_ddp(frame.octets)
                          : parse_short_ddp(frame.octets, frame.destination, frame.source);
  if (!datagram) return tally_.drops.count(datagram.error());
  const Address& to = datagram->destination;
  if ((to.node != here->node && to.node != broadcast_node) || !nets_match(to.net, here->net)) {
    return tally_.drops.count(Drop::ddp_not_for_us);
  }
  // While our network has no number, a neighbour in it may look as if it were a router to there.
  const bool is_routed = here->net != 0 || frame.source != datagram->source.node;
  if (is_long && is_routed) routes_.note_way(datagram->source.net, frame.source, now);
  if (datagram->source.net == 0) datagram->source.net = here->net;
  dispatch(*datagram, *here, now);
}

void Node::dispatch(const DdpDatagram& datagram, const Place& here, Time now) {
  const std::uint8_t socket = datagram.destination.socket;
  if (socket == ddp_socket::rtmp && datagram.type == ddp_type::rtmp_request) return;
  if (socket == ddp_socket::rtmp && datagram.type == ddp_type::rtmp) {
    switch (routes_.hear_router(datagram.octets, now)) {
      case Routes::News::none: return;
      case Routes::News::malformed: return tally_.drops.count(Drop::rtmp_malformed);
      case Routes::News::router_found:
        next_router_request_.reset();
        if (!router_news_.take(now)) return tally_.drops.count(Drop::too_many);
        return report(RouterFound{routes_.net(), *routes_.router()});
    }
  }
  const bool is_for_names = socket == ddp_socket::names || socket == NbpQuery::reply_socket;
  if (is_for_names && datagram.type == ddp_type::nbp) {
    return names_.input(datagram, here, tally_.drops, now);
  }
  if (socket == ddp_socket::echo && datagram.type == ddp_type::echo) return echo(datagram, now);
  const bool is_for_one = datagram.destination.node != broadcast_node;
  const bool is_stream = datagram.type == ddp_type::adsp && is_for_one;
  if (is_stream && socket >= ddp_socket::first_dynamic && on_adsp_) return on_adsp_(datagram, now);
  tally_.drops.count(Drop::no_such_socket);
}

void Node::echo(const DdpDatagram& datagram, Time now) {
  if (datagram.octets.empty() || datagram.octets[0] != echo_request) {
    return tally_.drops.count(Drop::echo_malformed);
  }
  if (!echoes_.take(now)) return tally_.drops.count(Drop::too_many);
  std::string octets(datagram.octets);
  octets[0] = echo_reply;
  send(datagram.source, ddp_socket::echo, ddp_type::echo, octets, now);
}

void Node::tick(Time now) {
  now_ = now;
  acquire(now);
  if (!place()) return;
  if (routes_.expire(now)) report(RouterLost{});
  ask_for_router(now);
  names_.tick(*place(), now);
}

void Node::acquire(Time now) {
  for (;;) {
    switch (acquisition_.step(now)) {
      case AddressAcquisition::Step::none: return;
      case AddressAcquisition::Step::send_enquiry:
        send_frame(acquisition_.candidate(), acquisition_.candidate(), LlapType::enquiry, {});
        break;
      case AddressAcquisition::Step::acquired:
        report(AddressAcquired{*acquisition_.node()});
        next_router_request_ = now;
        break;
    }
  }
}

// Routers speak up every ten seconds by themselves; who asks knows its network at once.
void Node::ask_for_router(Time now) {
  if (!next_router_request_ || now < *next_router_request_) return;
  ++router_requests_;
  next_router_request_ = now + router_request_interval;
  if (router_requests_ == most_router_requests) next_router_request_.reset();
  send({0, broadcast_node, ddp_socket::rtmp}, ddp_socket::rtmp, ddp_type::rtmp_request, "\x01",
       now);
}

void Node::send(const Address& to, std::uint8_t from_socket, std::uint8_t type,
                std::string_view octets, Time now) {
  const auto here = place();
  if (!here) return tally_.drops.count(Drop::no_address_yet);
  const auto hop = routes_.hop_to(to.net, to.node, now);
  if (!hop) return tally_.drops.count(Drop::no_route);
  const DdpDatagram datagram{to, {here->net, here->node, from_socket}, 0, type, octets};
  switch (hop->header) {
    case Routes::Header::short_ddp:
      return send_frame(hop->node, here->node, LlapType::ddp_short, format_short_ddp(datagram));
    case Routes::Header::long_ddp:
      return send_frame(hop->node, here->node, LlapType::ddp_long, format_long_ddp(datagram));
  }
}

void Node::send_frame(std::uint8_t destination, std::uint8_t source, LlapType type,
                      std::string_view octets) {
  ++tally_.frames_out;
  output_(format({sender_, destination, source, type, octets}));
}

Result<std::uint64_t> Node::lookup(const NbpName& pattern, Time now) {
  now_ = now;
  const auto here = place();
  if (!here) return fail(Errc::temporary, "no node number yet");
  return names_.lookup(pattern, *here, now);
}

std::optional<Time> Node::deadline() const {
  std::optional<Time> first = acquisition_.deadline();
  if (!acquisition_.node()) return first;
  sooner(first, routes_.deadline());
  sooner(first, next_router_request_);
  sooner(first, names_.deadline());
  return first;
}

std::optional<Place> Node::place() const {
  const auto node = acquisition_.node();
  if (!node) return std::nullopt;
  return Place{routes_.net(), *node, routes_.router()};
}

std::vector<NodeEvent> Node::take_events() {
  return std::exchange(events_, {});
}

void Node::report(NodeEvent event) {
  if (events_.size() < most_events) events_.push_back(std::move(event));
}

}  // namespace postern::adsp
