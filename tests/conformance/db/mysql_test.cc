// What only MySQL can go through: TLS, an exhausted pool, connections that the server closes, a
// server that restarts. The last needs COLLOQUY_TEST_MYSQL_DIR, the directory given to
// tests/lib/mariadb, and the program itself in COLLOQUY_TEST_MARIADB; nothing else may use that
// server meanwhile.
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "services/common/db/mysql/mysql_database.h"
#include "services/common/db/open.h"
#include "tests/conformance/db/fixture.h"
#include "tests/conformance/db/schema/schema.h"

namespace colloquy::db {
namespace {

using testing::HasSubstr;
using testing::Not;

class MysqlTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!TestStore::Available(Engine::kMysql)) {
      GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set; tests/lib/mariadb start DIR prints it";
    }
    store_ = std::make_unique<TestStore>(Engine::kMysql);
  }

  MysqlOptions Options() {
    MysqlOptions options = *ParseMysqlUrl(store_->url());
    options.common.log = [this](absl::string_view line) {
      absl::MutexLock lock(&mutex_);
      absl::StrAppend(&log_, line, "\n");
    };
    return options;
  }

  std::string Logged() {
    absl::MutexLock lock(&mutex_);
    return log_;
  }

  static absl::Status Add(Database& db, absl::string_view id) {
    return db.Write({}, [&](Transaction& tx) {
      return tx.Execute("INSERT INTO things (id) VALUES (?)", {id}).status();
    });
  }

  // The first cell, as text; empty on an error.
  static std::string Ask(Database& db, absl::string_view sql) {
    std::string answer;
    const absl::Status status = db.Read({}, [&](Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(const Rows rows, tx.Query(sql));
      answer = std::string(rows[0].Text(0));
      return absl::OkStatus();
    });
    EXPECT_EQ(status, absl::OkStatus());
    return answer;
  }

  std::unique_ptr<TestStore> store_;

 private:
  absl::Mutex mutex_;
  std::string log_;
};

TEST_F(MysqlTest, TheSessionIsAsPromised) {
  const auto db = OpenMysql(Options());
  ASSERT_EQ(db->Migrate({schema::db_conformance()}), absl::OkStatus()) << Logged();
  EXPECT_THAT(Ask(*db, "SELECT @@session.sql_mode"), HasSubstr("STRICT_ALL_TABLES"));
  EXPECT_EQ(Ask(*db, "SELECT @@character_set_connection"), "utf8mb4");
  ASSERT_EQ(db->Write({},
                      [](Transaction& tx) -> absl::Status {
                        COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                                                  tx.Query("SELECT @@tx_isolation"));
                        EXPECT_EQ(rows[0].Text(0), "READ-COMMITTED");
                        return absl::OkStatus();
                      }),
            absl::OkStatus());
}

TEST_F(MysqlTest, TlsIsAsserted) {
  const char* const ca = std::getenv("COLLOQUY_TEST_MYSQL_CA");
  if (ca == nullptr) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL_CA is not set; start with --tls";
  MysqlOptions options = Options();
  options.tls = MysqlOptions::Tls::kRequired;
  options.ca_file = ca;
  const auto db = OpenMysql(options);
  ASSERT_EQ(db->Migrate({}), absl::OkStatus()) << Logged();
  EXPECT_NE(Ask(*db,
                "SELECT variable_value FROM information_schema.session_status "
                "WHERE variable_name = 'Ssl_cipher'"),
            "");

  options.ca_file = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_EQ(ReasonOf(OpenMysql(options)->Migrate({})), ErrorReason::DATABASE_UNAVAILABLE)
      << "a certificate that somebody else signed";
}

TEST_F(MysqlTest, TlsIsRequiredOfAServerWithoutIt) {
  if (std::getenv("COLLOQUY_TEST_MYSQL_CA") != nullptr) GTEST_SKIP() << "this server has TLS";
  MysqlOptions options = Options();
  options.tls = MysqlOptions::Tls::kRequired;
  EXPECT_EQ(ReasonOf(OpenMysql(options)->Migrate({})), ErrorReason::DATABASE_UNAVAILABLE);
}

TEST_F(MysqlTest, WhatIsWrongWithTheServerStaysInTheLog) {
  MysqlOptions options = Options();
  options.password = "wrong-password";
  options.common.max_attempts = 2;
  const absl::Status status = OpenMysql(options)->Migrate({});
  EXPECT_EQ(ReasonOf(status), ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("Access")));
  EXPECT_THAT(Logged(), HasSubstr("Access denied"));
  EXPECT_THAT(Logged(), Not(HasSubstr("wrong-password")));
}

TEST_F(MysqlTest, AnExhaustedPoolIsWaitedFor) {
  MysqlOptions options = Options();
  options.connections = 1;
  const auto db = OpenMysql(options);
  ASSERT_EQ(db->Migrate({schema::db_conformance()}), absl::OkStatus());
  absl::Notification inside;
  absl::Notification release;
  std::thread holder([&] {
    EXPECT_EQ(db->Write({},
                        [&](Transaction&) {
                          if (!inside.HasBeenNotified()) inside.Notify();
                          release.WaitForNotification();
                          return absl::OkStatus();
                        }),
              absl::OkStatus());
  });
  inside.WaitForNotification();
  const auto nothing = [](Transaction&) { return absl::OkStatus(); };
  EXPECT_EQ(ReasonOf(db->Write({.deadline = absl::Now() + absl::Milliseconds(30)}, nothing)),
            ErrorReason::DEADLINE_EXCEEDED);
  release.Notify();
  holder.join();
  EXPECT_EQ(db->Write({}, nothing), absl::OkStatus());
}

// The server ends every connection, in the pool and in the middle of a transaction.
TEST_F(MysqlTest, KilledConnectionsAreReplaced) {
  const auto db = OpenMysql(Options());
  const auto killer = OpenMysql(Options());
  ASSERT_EQ(db->Migrate({schema::db_conformance()}), absl::OkStatus());
  int runs = 0;
  EXPECT_EQ(
      db->Write(
          {},
          [&](Transaction& tx) -> absl::Status {
            COLLOQUY_RETURN_IF_ERROR(tx.Execute("INSERT INTO things (id) VALUES ('a')").status());
            COLLOQUY_ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT CONNECTION_ID()"));
            if (++runs == 1) {
              std::thread([&, id = rows[0].Int64(0)] {
                EXPECT_EQ(killer->Write({},
                                        [&](Transaction& other) {
                                          return other.Execute(absl::StrCat("KILL ", id)).status();
                                        }),
                          absl::OkStatus());
              }).join();
            }
            return tx.Execute("INSERT INTO things (id) VALUES ('b')").status();
          }),
      absl::OkStatus())
      << Logged();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Ask(*db, "SELECT GROUP_CONCAT(id ORDER BY id) FROM things"), "a,b");
}

TEST_F(MysqlTest, AServerThatRestartsIsFoundAgain) {
  const char* const dir = std::getenv("COLLOQUY_TEST_MYSQL_DIR");
  const char* const program = std::getenv("COLLOQUY_TEST_MARIADB");
  if (dir == nullptr || program == nullptr) {
    GTEST_SKIP() << "COLLOQUY_TEST_MYSQL_DIR and COLLOQUY_TEST_MARIADB are not set";
  }
  const auto control = [&](absl::string_view command) {
    return std::system(absl::StrCat(program, " ", command, " ", dir, " > /dev/null").c_str());
  };
  const auto db = OpenMysql(Options());
  ASSERT_EQ(db->Migrate({schema::db_conformance()}), absl::OkStatus());
  for (absl::string_view way : {"stop", "kill"}) {
    ASSERT_EQ(Add(*db, absl::StrCat("before ", way)), absl::OkStatus());
    ASSERT_EQ(control(way), 0);
    EXPECT_EQ(ReasonOf(Add(*db, "away")), ErrorReason::DATABASE_UNAVAILABLE);
    ASSERT_EQ(control("start"), 0);
    EXPECT_EQ(Add(*db, absl::StrCat("after ", way)), absl::OkStatus()) << Logged();
  }
  EXPECT_EQ(Ask(*db, "SELECT CAST(COUNT(*) AS CHAR) FROM things"), "4");
}

}  // namespace
}  // namespace colloquy::db
