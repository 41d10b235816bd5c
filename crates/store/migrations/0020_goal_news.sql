-- How goals end is told now. Whoever chose, of goals, to hear of missed milestones and of falling probabilities could
-- not choose it before, and gets it too. Who knew the new words chose among them.

update notice_choices set news = news || ' goal_reached goal_missed'
where news like '%milestone_missed%' and news like '%probability_low%'
  and news not like '%goal_reached%' and news not like '%goal_missed%';
update webhooks set news = news || ' goal_reached goal_missed'
where news like '%milestone_missed%' and news like '%probability_low%'
  and news not like '%goal_reached%' and news not like '%goal_missed%';
