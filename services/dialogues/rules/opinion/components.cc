#include "services/dialogues/rules/opinion/components.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/string_view.h"
#include "services/dialogues/rules/opinion/random.h"

namespace colloquy::dialogues::rules::opinion {
namespace {

using Vector = std::vector<double>;

double Dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double Length(const Vector& a) { return std::sqrt(Dot(a, a)); }

Vector Centre(const Snapshot& votes, const std::vector<bool>& zeroed) {
  Vector sum(votes.statements(), 0.0), count(votes.statements(), 0.0);
  for (const Cell& cell : votes.cells) {
    const uint32_t statement = cell.statement();
    sum[statement] += static_cast<int>(cell.vote());
    count[statement] += 1;
  }
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = zeroed[i] ? 0.0 : sum[i] / count[i];
  return sum;
}

// The centred value of each code: three a statement, 0 where it is zeroed.
Vector CentredValues(const Vector& centre, const std::vector<bool>& zeroed) {
  Vector values(3 * centre.size(), 0.0);
  for (size_t i = 0; i < centre.size(); ++i) {
    if (zeroed[i]) continue;
    for (int answer = 0; answer < 3; ++answer) values[3 * i + answer] = answer - 1 - centre[i];
  }
  return values;
}

// The centred matrix X without its zeros, multiplied from both sides.
class CentredMatrix {
 public:
  CentredMatrix(const Snapshot& votes, const Vector& values)
      : votes_(votes), values_(values), weights_(values.size()), sums_(values.size()) {}

  // X v, an entry a participant.
  Vector Times(const Vector& v) {
    Weigh(v);
    Vector product(votes_.participants());
    for (size_t i = 0; i < product.size(); ++i) product[i] = RowTimesWeights(i);
    return product;
  }

  // Xᵀ (X − q vᵀ / vᵀv) s without its part along v, where q = X v; `v` empty: XᵀX s.
  //
  // A row has only three values a statement, so that both products are sums over codes: look up
  // what a code weighs, and add the row's product to what the code gets.
  Vector Step(const Vector& s, const Vector& v, const Vector& q) {
    Weigh(s);
    std::fill(sums_.begin(), sums_.end(), 0.0);
    const double square = v.empty() ? 1 : Dot(v, v);
    const double along = v.empty() ? 0 : Dot(v, s) / square;
    double removed = 0;
    for (size_t i = 0; i < votes_.participants(); ++i) {
      double product = RowTimesWeights(i);
      if (!v.empty()) {
        product -= q[i] * along;
        removed += product * q[i];
      }
      for (const Cell cell : votes_.row(i)) sums_[cell.code()] += product;
    }
    Vector result(s.size());
    for (size_t j = 0; j < result.size(); ++j) {
      for (size_t code = 3 * j; code < 3 * j + 3; ++code) result[j] += values_[code] * sums_[code];
      if (!v.empty()) result[j] -= v[j] * removed / square;
    }
    return result;
  }

 private:
  void Weigh(const Vector& v) {
    for (size_t code = 0; code < weights_.size(); ++code) {
      weights_[code] = values_[code] * v[code / 3];
    }
  }

  // Four sums at a time, because each addition has to wait for the one before it.
  double RowTimesWeights(size_t participant) const {
    const absl::Span<const Cell> row = votes_.row(participant);
    double sums[4] = {};
    size_t i = 0;
    for (; i + 4 <= row.size(); i += 4) {
      for (size_t lane = 0; lane < 4; ++lane) sums[lane] += weights_[row[i + lane].code()];
    }
    for (; i < row.size(); ++i) sums[0] += weights_[row[i].code()];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

  const Snapshot& votes_;
  const Vector& values_;
  Vector weights_, sums_;
};

Vector StartOf(const Vector& given, size_t size) {
  Vector start = given;
  start.resize(size, 1.0);
  if (std::all_of(start.begin(), start.end(), [](double x) { return x == 0; }))
    start.assign(size, 1);
  return start;
}

}  // namespace

double Distance(const Point& a, const Point& b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

StartVectors HashedStart(const Snapshot& votes, uint64_t seed) {
  StartVectors start;
  for (size_t axis = 0; axis < start.size(); ++axis) {
    for (const std::string& key : votes.statement_keys) {
      Random random(HashOf(key) ^ (seed + axis));
      start[axis].push_back(2 * random.Fraction() - 1);
    }
  }
  return start;
}

Components PrincipalComponents(const Snapshot& votes, const std::vector<bool>& zeroed,
                               const StartVectors& start, int rounds) {
  const size_t size = votes.statements();
  Components found;
  found.center = Centre(votes, zeroed);
  found.flat = std::min(votes.participants(), size) < found.axes.size();
  const Vector values = CentredValues(found.center, zeroed);
  CentredMatrix matrix(votes, values);
  Vector deflated, products;
  for (size_t axis = 0; axis < found.axes.size(); ++axis) {
    Vector current = StartOf(start[axis], size);
    double last = 0;
    for (int round = 1; round <= rounds; ++round) {
      current = matrix.Step(current, deflated, products);
      const double length = Length(current);
      found.rounds[axis] = round;
      found.eigenvalues[axis] = length;
      // What is left after deflation, where nothing is left, is rounding error.
      if (length <= 1e-12 * found.eigenvalues[0]) {
        current.assign(size, 0.0);
        break;
      }
      for (double& x : current) x /= length;
      if (length == last) break;
      last = length;
    }
    if (axis == 0 && Length(current) > 0) {
      deflated = current;
      products = matrix.Times(current);
    }
    found.axes[axis] = std::move(current);
  }
  return found;
}

std::vector<Point> Project(const Snapshot& votes, const std::vector<bool>& zeroed,
                           const Components& components) {
  std::vector<Point> points(votes.participants());
  if (components.flat) return points;
  const Vector values = CentredValues(components.center, zeroed);
  const auto everywhere = std::count(zeroed.begin(), zeroed.end(), true);
  const double statements = static_cast<double>(votes.statements());
  for (size_t i = 0; i < points.size(); ++i) {
    double x = 0, y = 0;
    int64_t counted = everywhere;
    for (const Cell& cell : votes.row(i)) {
      const uint32_t statement = cell.statement();
      if (zeroed[statement]) continue;
      ++counted;
      x += values[cell.code()] * components.axes[0][statement];
      y += values[cell.code()] * components.axes[1][statement];
    }
    const double scale = std::sqrt(statements / static_cast<double>(std::max<int64_t>(counted, 1)));
    points[i] = {scale * x, scale * y};
  }
  return points;
}

std::vector<Point> ProjectStatements(const Components& components) {
  std::vector<Point> points(components.center.size());
  if (components.flat) return points;
  const double scale = std::sqrt(static_cast<double>(points.size()));
  for (size_t j = 0; j < points.size(); ++j) {
    const double value = 1 - components.center[j];
    points[j] = {scale * (value * components.axes[0][j]), scale * (value * components.axes[1][j])};
  }
  return points;
}

std::vector<double> Extremity(absl::Span<const Point> projections) {
  std::vector<double> lengths;
  lengths.reserve(projections.size());
  for (const Point& point : projections) lengths.push_back(Distance(point, Point{}));
  return lengths;
}

}  // namespace colloquy::dialogues::rules::opinion
