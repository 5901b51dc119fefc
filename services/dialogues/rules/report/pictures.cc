#include "services/dialogues/rules/report/pictures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace colloquy::dialogues::rules::report {
namespace {

struct Spot {
  double x = 0, y = 0;
  friend bool operator<(const Spot& a, const Spot& b) {
    return std::make_pair(a.x, a.y) < std::make_pair(b.x, b.y);
  }
};

constexpr double kMapWidth = 640, kMapHeight = 440, kMapMargin = 34;
constexpr int kMostSpots = 20000;
constexpr int kMostIntervalsLabelled = 6;

// Counter-clockwise (Andrew's monotone chain).
std::vector<Spot> ConvexHull(std::vector<Spot> spots) {
  std::sort(spots.begin(), spots.end());
  if (spots.size() < 3) return spots;
  const auto turns_right = [](const Spot& o, const Spot& a, const Spot& b) {
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x) <= 0;
  };
  std::vector<Spot> hull;
  for (int pass = 0; pass < 2; ++pass) {
    const size_t begin = hull.size();
    for (const Spot& spot : spots) {
      while (hull.size() >= begin + 2 && turns_right(hull[hull.size() - 2], hull.back(), spot)) {
        hull.pop_back();
      }
      hull.push_back(spot);
    }
    hull.pop_back();
    std::reverse(spots.begin(), spots.end());
  }
  return hull;
}

// From places on the map to places on the page. Without a point, or with one only, it is the
// middle.
class Scale {
 public:
  explicit Scale(const v1::Opinion& opinion) {
    if (opinion.positions().empty()) return;
    double left = opinion.positions(0).x(), right = left;
    double low = opinion.positions(0).y(), high = low;
    for (const v1::Opinion::Position& one : opinion.positions()) {
      left = std::min<double>(left, one.x());
      right = std::max<double>(right, one.x());
      low = std::min<double>(low, one.y());
      high = std::max<double>(high, one.y());
    }
    middle_ = {(left + right) / 2, (low + high) / 2};
    const double fits = std::min((kMapWidth - 2 * kMapMargin) / std::max(right - left, 1e-9),
                                 (kMapHeight - 2 * kMapMargin) / std::max(high - low, 1e-9));
    factor_ = right - left < 1e-9 && high - low < 1e-9 ? 0 : fits;
  }
  Spot operator()(double x, double y) const {
    return {kMapWidth / 2 + (x - middle_.x) * factor_, kMapHeight / 2 - (y - middle_.y) * factor_};
  }

 private:
  Spot middle_;
  double factor_ = 0;
};

// Colours repeat after five groups; labels do not.
int ColorOf(int group) { return group < 0 ? 9 : group % 5; }

// One path of strokes without length, which round ends make dots: a tenth of what circles take.
void AddDots(const std::vector<Spot>& spots, int group, Markup& svg) {
  if (spots.empty()) return;
  svg.Add("<path class=\"dots g", ColorOf(group), "\" d=\"");
  for (const Spot& spot : spots) svg.Add("M", spot.x, " ", spot.y, "h0");
  svg.Add("\"/>");
}

void AddOutline(const std::vector<Spot>& spots, int group, Markup& svg) {
  const std::vector<Spot> hull = ConvexHull(spots);
  if (hull.size() < 3) return;
  svg.Add("<polygon class=\"hull g", ColorOf(group), "\" points=\"");
  for (const Spot& spot : hull) svg.Add(spot.x, ",", spot.y, " ");
  svg.Add("\"/>");
}

// The smallest of 1, 2, 5 times a power of ten that is not below `value`.
double RoundUp(double value) {
  double power = std::pow(10, std::floor(std::log10(std::max(value, 1.0))));
  for (const int factor : {1, 2, 5, 10}) {
    if (factor * power >= value) return factor * power;
  }
  return value;
}

}  // namespace

Markup OpinionMap(const Facts& facts) {
  const v1::Opinion& opinion = facts.data().opinion;
  const Scale place(opinion);
  const int step = 1 + (opinion.positions_size() - 1) / kMostSpots;
  std::map<int, std::vector<Spot>> spots;
  for (int i = 0; i < opinion.positions_size(); i += step) {
    const v1::Opinion::Position& one = opinion.positions(i);
    spots[one.group()].push_back(place(one.x(), one.y()));
  }
  Markup svg;
  svg.Add("<svg class=\"map\" viewBox=\"0 0 ", kMapWidth, " ", kMapHeight,
          "\" role=\"img\" aria-labelledby=\"map-title\"><title id=\"map-title\">Opinion map: ",
          opinion.positions_size(), " participants, those who vote alike near each other, in ",
          opinion.groups_size(), " groups</title>");
  for (const auto& [group, its] : spots) {
    if (group >= 0) AddOutline(its, group, svg);
  }
  for (const auto& [group, its] : spots) AddDots(its, group, svg);
  for (const v1::Opinion::Group& group : opinion.groups()) {
    const Spot at = place(group.x(), group.y());
    svg.Add("<text class=\"label g", ColorOf(group.id()), "\" x=\"", at.x, "\" y=\"", at.y,
            "\" text-anchor=\"middle\">", Text{GroupName(group.id())}, "</text>");
  }
  svg.Add("</svg>");
  return svg;
}

Markup VoteBar(const v1::StatementTally& tally) {
  const double all = static_cast<double>(std::max<int64_t>(VotesOf(tally), 1));
  const double agree = 100 * tally.agree_count() / all;
  const double pass = 100 * tally.pass_count() / all;
  const double disagree = 100 * tally.disagree_count() / all;
  Markup svg;
  svg.Add(
      "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><rect class=\"ground\" width=\"100\" height=\"8\"/>");
  if (agree > 0) svg.Add("<rect class=\"agree\" width=\"", agree, "\" height=\"8\"/>");
  if (pass > 0) {
    svg.Add("<rect class=\"pass\" x=\"", agree, "\" width=\"", pass, "\" height=\"8\"/>");
  }
  if (disagree > 0) {
    svg.Add("<rect class=\"disagree\" x=\"", 100 - disagree, "\" width=\"", disagree,
            "\" height=\"8\"/>");
  }
  svg.Add("</svg>");
  return svg;
}

Markup ShareBar(double share) {
  Markup svg;
  svg.Add(
      "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><rect class=\"ground\" width=\"100\" height=\"8\"/>"
      "<rect class=\"plain\" width=\"",
      100 * std::clamp(share, 0.0, 1.0), "\" height=\"8\"/></svg>");
  return svg;
}

Markup ParticipationChart(const std::vector<Interval>& intervals) {
  constexpr double kWidth = 640, kHeight = 220, kLeft = 46, kBottom = 28, kTop = 12;
  int64_t most = 0, votes = 0, voters = 0;
  for (const Interval& one : intervals) {
    most = std::max(most, one.votes);
    votes += one.votes;
    voters += one.new_voters;
  }
  const double top = RoundUp(static_cast<double>(most));
  const double scale = (kHeight - kBottom - kTop) / top;
  const double wide = (kWidth - kLeft) / std::max<double>(intervals.size(), 1);
  Markup svg;
  svg.Add("<svg class=\"chart\" viewBox=\"0 0 ", kWidth, " ", kHeight,
          "\" role=\"img\" aria-labelledby=\"time-title\"><title id=\"time-title\">", votes,
          " votes of ", voters, " participants over time; at most ", most,
          " in one interval</title>");
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = kHeight - kBottom - share * top * scale;
    svg.Add("<line class=\"rule\" x1=\"", kLeft, "\" x2=\"", kWidth, "\" y1=\"", y, "\" y2=\"", y,
            "\"/><text class=\"tick\" x=\"", kLeft - 6, "\" y=\"", y + 4, "\" text-anchor=\"end\">",
            share * top, "</text>");
  }
  const size_t every = 1 + (intervals.size() - 1) / kMostIntervalsLabelled;
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Interval& one = intervals[i];
    const double x = kLeft + static_cast<double>(i) * wide;
    const double high = static_cast<double>(one.votes) * scale;
    if (one.votes > 0) {
      svg.Add("<rect class=\"plain\" x=\"", x + wide * 0.1, "\" width=\"", wide * 0.8, "\" y=\"",
              kHeight - kBottom - high, "\" height=\"", high, "\"/>");
    }
    if (i % every != 0) continue;
    const char* format = one.length < absl::Hours(24) ? "%m-%d %H:%M" : "%Y-%m-%d";
    svg.Add("<text class=\"tick\" x=\"", x, "\" y=\"", kHeight - 8, "\">",
            Text{absl::FormatTime(format, one.start, absl::UTCTimeZone())}, "</text>");
  }
  svg.Add("</svg>");
  return svg;
}

Markup AgendaChart(const Facts& facts) {
  constexpr double kWidth = 640, kLeft = 220, kRow = 34;
  const ReportData& data = facts.data();
  double longest = 1;
  for (const v1::AgendaItem& item : data.agenda) {
    longest = std::max({longest, double{1} * item.planned_minutes() + item.extended_minutes(),
                        absl::ToDoubleMinutes(RanFor(item, data.time))});
  }
  const double scale = (kWidth - kLeft - 90) / longest;
  const double height = kRow * static_cast<double>(data.agenda.size()) + 6;
  Markup svg;
  svg.Add("<svg class=\"chart\" viewBox=\"0 0 ", kWidth, " ", height,
          "\" role=\"img\" aria-labelledby=\"agenda-title\"><title id=\"agenda-title\">Planned and "
          "actual minutes of each item of the agenda; the table has the figures</title>");
  double y = 4;
  for (const v1::AgendaItem& item : data.agenda) {
    const double ran = absl::ToDoubleMinutes(RanFor(item, data.time));
    const double planned = item.planned_minutes();
    const double allowed = planned + item.extended_minutes();
    std::string title = Clean(item.title());
    // By characters, so that none is cut through.
    size_t end = 0, shown = 0;
    while (end < title.size() && shown < 30) {
      do ++end;
      while (end < title.size() && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80);
      ++shown;
    }
    if (end < title.size()) title = absl::StrCat(title.substr(0, end), "…");
    svg.Add("<text class=\"tick\" x=\"", 8 * facts.DepthOf(item), "\" y=\"", y + 16, "\">",
            Text{title}, "</text><rect class=\"planned\" x=\"", kLeft, "\" y=\"", y, "\" width=\"",
            std::max(planned * scale, 1.0), "\" height=\"12\"/>");
    if (allowed > planned) {
      svg.Add("<rect class=\"extended\" x=\"", kLeft + planned * scale, "\" y=\"", y, "\" width=\"",
              (allowed - planned) * scale, "\" height=\"12\"/>");
    }
    if (ran > 0) {
      svg.Add("<rect class=\"plain\" x=\"", kLeft, "\" y=\"", y + 14, "\" width=\"",
              std::max(std::min(ran, allowed) * scale, 1.0), "\" height=\"12\"/>");
    }
    if (ran > allowed) {
      svg.Add("<rect class=\"over\" x=\"", kLeft + allowed * scale, "\" y=\"", y + 14,
              "\" width=\"", (ran - allowed) * scale, "\" height=\"12\"/>");
    }
    svg.Add("<text class=\"tick\" x=\"", kLeft + std::max(allowed, ran) * scale + 6, "\" y=\"",
            y + 17, "\">", item.planned_minutes(), " / ",
            Text{ran > 0 ? Span(RanFor(item, data.time)) : "–"}, "</text>");
    y += kRow;
  }
  svg.Add("</svg>");
  return svg;
}

}  // namespace colloquy::dialogues::rules::report
