// SPDX-License-Identifier: ISC
//
// server/connection_table.h - the connections of a worker.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace postern::server {

class Connection;

using ConnectionId = std::uint64_t;

// Owns the connections.  Whoever answers late keeps an id and looks it up here: the connection
// may be gone by then.
class ConnectionTable {
 public:
  using OnFinished = std::function<void(const Connection&)>;

  // on_finished is called once for each connection, when it is done.
  explicit ConnectionTable(OnFinished on_finished);
  ~ConnectionTable();

  ConnectionId next_id() { return ++last_id_; }
  Connection& add(ConnectionId id, std::unique_ptr<Connection> connection);

  // nullptr if it is gone, or as good as gone.
  Connection* find(ConnectionId id);

  // The connection is done.  It goes at the next sweep, since this is called from inside it.
  void finished(ConnectionId id);
  void sweep();

  void for_each(const std::function<void(Connection&)>& visit);
  bool empty() const { return connections_.empty(); }
  std::size_t size() const { return connections_.size(); }

 private:
  OnFinished on_finished_;
  ConnectionId last_id_ = 0;
  std::unordered_map<ConnectionId, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> finished_;
};

}  // namespace postern::server
